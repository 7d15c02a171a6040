import { anthropicMessages, type Dialect, geminiContent, openAiResponses } from './dialects.ts';

/** An MCP host that is not ours: what packaging/README.md has a snippet for, and what can be had. */
export interface McpHost {
  /** Where the snippet goes: below the account's home, or below the folder of a project. */
  readonly file: readonly ['home' | 'project', string];
  /** What it needs besides, that is no part of how it is told of errand: a file and its text below the home. */
  readonly settings?: readonly [string, object];
  readonly dialect: Dialect;
  /** What it calls a tool of a server. */
  toolName(server: string, tool: string): string;
  /** Asks it once, in a way that asks nobody back. */
  readonly args: (model: string) => readonly string[];
  /** Its model is the one of the tests; no news, no telemetry. */
  readonly env: (model: string) => Readonly<Record<string, string>>;
}

const PROMPT = 'Run the command.';
/** What packaging/README.md says of `codex exec`. */
const UNATTENDED = ['default_tools_approval_mode="approve"', 'required=true'];

/** By the heading of the snippet. */
export const MCP_HOSTS: Readonly<Record<string, McpHost>> = {
  'Claude Code': {
    file: ['project', '.mcp.json'],
    dialect: anthropicMessages,
    toolName: (server, tool) => `mcp__${server}__${tool}`,
    args: () => ['-p', PROMPT, '--allowedTools', 'mcp__errand__run_command,mcp__errand-shared__run_command'],
    env: (model) => ({
      ANTHROPIC_BASE_URL: model,
      ANTHROPIC_API_KEY: 'none',
      // Else a model has to look for its tools first.
      ENABLE_TOOL_SEARCH: 'false',
      // Else it asks before a server that takes long has told its tools.
      MCP_CONNECTION_NONBLOCKING: 'false',
      MCP_CONNECT_TIMEOUT_MS: '30000',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    }),
  },
  'Codex CLI': {
    file: ['home', '.codex/config.toml'],
    dialect: openAiResponses,
    toolName: (server, tool) => `mcp__${server.replace('-', '_')}.${tool}`,
    args: (model) => {
      const provider = `model_providers.played={name="played",base_url="${model}/v1",wire_api="responses",env_key="NO_KEY"}`;
      const settings = ['model_provider="played"', provider, 'analytics.enabled=false', 'check_for_update_on_startup=false'];
      const unattended = ['errand', 'errand-shared'].flatMap((server) => UNATTENDED.map((setting) => `mcp_servers.${server}.${setting}`));
      const options = [...settings, ...unattended].flatMap((setting) => ['-c', setting]);
      return ['exec', '--skip-git-repo-check', '-m', 'played', ...options, PROMPT];
    },
    env: () => ({ NO_KEY: 'none' }),
  },
  'Gemini CLI': {
    file: ['project', '.gemini/settings.json'],
    settings: [
      '.gemini/settings.json',
      {
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
        general: { enableAutoUpdate: false },
      },
    ],
    dialect: geminiContent,
    toolName: (server, tool) => `mcp_${server}_${tool}`,
    args: () => ['--yolo', '--model', 'gemini-2.5-flash', '--prompt', PROMPT],
    // A project's servers are those of a trusted folder.
    env: (model) => ({ GOOGLE_GEMINI_BASE_URL: model, GEMINI_API_KEY: 'none', GEMINI_CLI_TRUST_WORKSPACE: 'true' }),
  },
  'GitHub Copilot CLI': {
    file: ['home', '.copilot/mcp-config.json'],
    dialect: anthropicMessages,
    toolName: (server, tool) => `${server}-${tool}`,
    args: () => ['--allow-tool', 'errand', '--allow-tool', 'errand-shared', '-p', PROMPT],
    env: (model) => ({
      COPILOT_OFFLINE: 'true',
      COPILOT_PROVIDER_BASE_URL: model,
      COPILOT_PROVIDER_TYPE: 'anthropic',
      COPILOT_PROVIDER_API_KEY: 'none',
      COPILOT_MODEL: 'claude-sonnet-4',
    }),
  },
  OpenCode: {
    file: ['home', '.config/opencode/opencode.json'],
    dialect: anthropicMessages,
    toolName: (server, tool) => `${server}_${tool}`,
    args: () => ['run', '--model', 'played/model', PROMPT],
    env: (model) => ({
      OPENCODE_CONFIG_CONTENT: JSON.stringify({
        autoupdate: false,
        share: 'disabled',
        provider: { played: { npm: '@ai-sdk/anthropic', options: { baseURL: `${model}/v1`, apiKey: 'none' }, models: { model: {} } } },
      }),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    }),
  },
};
