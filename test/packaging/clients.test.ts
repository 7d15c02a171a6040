import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { clientSnippets } from '../../scripts/check/client-snippets.ts';
import { MCP_HOSTS } from './mcp-hosts/hosts.ts';

const page = await readFile(new URL('../../packaging/README.md', import.meta.url), 'utf8');
const snippets = clientSnippets(page);

test('every client is told how to start errand, and how to reach one that runs', () => {
  const CLIENTS = 'Claude Desktop, Claude Code, Cursor, VS Code, Codex CLI, Gemini CLI, GitHub Copilot CLI, OpenCode, Zed';
  expect([...snippets.keys()].join(', ')).toBe(CLIENTS);
  for (const [client, servers] of snippets) {
    expect(servers[0], client).toMatchObject({ command: 'npx', args: ['-y', 'errand', 'serve', '--stdio'] });
    // Claude Desktop takes no token.
    expect(servers, client).toHaveLength(client === 'Claude Desktop' ? 1 : 2);
  }
});

test.each([...snippets].filter(([, servers]) => servers.length > 1))(
  '%s gets the URL and the token of a server in its own way',
  (_client, servers) => {
    const { url, httpUrl, headers, bearer_token_env_var: variable } = (servers[1]?.entry ?? {}) as Record<string, unknown>;
    expect(url ?? httpUrl).toBe('http://127.0.0.1:7330/mcp');
    expect(variable ?? headers).toSatisfy(
      (token: unknown) => token === 'ERRAND_TOKEN' || /^Bearer \S/.test((token as { Authorization: string }).Authorization),
    );
  },
);

test('it is said of which version a client was tried in the program itself, and of which none', async () => {
  const { dependencies } = JSON.parse(await readFile(new URL('../servers/mcp-hosts/package.json', import.meta.url), 'utf8'));
  const [, tried = '', others = ''] =
    /^Tests try those of (.*?) in the program itself,(.*?)$/ms.exec(page.replaceAll(/(?<=\S)\n(?=\S)/g, ' ')) ?? [];
  const versions = [...tried.matchAll(/\((\S+)\)/g)].map(([, version]) => version);
  expect(versions.sort()).toEqual(Object.values(dependencies).sort());
  for (const client of snippets.keys()) expect(Object.hasOwn(MCP_HOSTS, client) ? tried : others).toContain(client);
});
