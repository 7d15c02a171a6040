import { join } from 'node:path';
import { packagedFile, packagesDirectory } from '../cached-packages.mjs';

/** By the heading in packaging/README.md, what Node runs. Claude Code's own program is made by a script at its installation, which nothing here runs. */
const scripts = {
  'Claude Code': '@anthropic-ai/claude-code/cli-wrapper.cjs',
  'Codex CLI': '@openai/codex/bin/codex.js',
  'Gemini CLI': '@google/gemini-cli/bundle/gemini.js',
  'GitHub Copilot CLI': '@github/copilot/npm-loader.js',
};
/** A program itself, for the same reason. */
const openCode = `opencode-${process.platform}-${process.arch}/bin/opencode`;

/** @type {import('../cached-packages.mjs').CachedPackages} */
export const mcpHostPackages = {
  name: 'mcp-hosts',
  source: new URL('.', import.meta.url),
  needs: 'the snippets of packaging/README.md',
  files: [...Object.values(scripts), openCode],
};

/**
 * The words that begin each host's command; undefined where not all are installed.
 * @returns {ReadonlyMap<string, readonly string[]> | undefined}
 */
export function mcpHostCommands() {
  const directory = join(packagesDirectory(mcpHostPackages), 'node_modules');
  if (mcpHostPackages.files.some((file) => packagedFile(mcpHostPackages, file) === undefined)) return undefined;
  /** @type {Map<string, readonly string[]>} */
  const commands = new Map([['OpenCode', [join(directory, openCode)]]]);
  for (const [name, file] of Object.entries(scripts)) commands.set(name, [process.execPath, join(directory, file)]);
  return commands;
}
