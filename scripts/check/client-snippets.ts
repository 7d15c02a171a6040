import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parse as parseToml } from 'smol-toml';

/** An MCP server as a client's configuration has it. */
export interface ConfiguredServer {
  readonly command?: string;
  readonly args?: readonly string[];
  /** All of it. */
  readonly entry: Readonly<Record<string, unknown>>;
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'check', version: '1.0.0' } },
};

/** What a page tells to write into a client's configuration. */
interface Snippet {
  readonly language: string;
  readonly text: string;
}

/** OpenCode has a command in one list with its arguments. */
type Entry = Omit<ConfiguredServer, 'entry' | 'command'> & { readonly command?: string | readonly string[] };

/** The snippets of a page word for word, by the heading of each client. */
export function snippetTexts(page: string): ReadonlyMap<string, Snippet> {
  const sections = page.split(/^### /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [, language = '', text = ''] = /^```(json|toml)\n(.*?)^```$/ms.exec(section) ?? [];
      return [section.slice(0, section.indexOf('\n')), { language, text }];
    }),
  );
}

/** The servers that a page tells clients of, by the heading of each client. @throws SyntaxError where a snippet is none. */
export function clientSnippets(page: string): ReadonlyMap<string, readonly ConfiguredServer[]> {
  const found = new Map<string, readonly ConfiguredServer[]>();
  for (const [client, { language, text }] of snippetTexts(page)) {
    const configuration = (language === 'toml' ? parseToml(text) : JSON.parse(text)) as Record<string, object>;
    const [, servers = {}] = Object.entries(configuration).find(([key]) => /^mcp$|servers$/i.test(key)) ?? [];
    found.set(client, Object.values(servers as Record<string, Entry>).map(configured));
  }
  return found;
}

function configured(entry: Entry): ConfiguredServer {
  const [command, ...args] = [entry.command ?? []].flat();
  return { ...(command !== undefined && { command, args: entry.args ?? args }), entry: { ...entry } };
}

/** Starts each command of a page's snippets in a folder where errand is installed, as a client would, and shakes hands. */
export async function clientFaults(page: string, folder: string): Promise<string[]> {
  const commands = [...clientSnippets(page).values()].flat().flatMap(({ command, args = [] }) => (command ? [[command, ...args]] : []));
  const different = new Set(commands.map((words) => JSON.stringify(words)));
  const answers = [...different].map(async (words) => await shakeHands(JSON.parse(words) as string[], folder));
  return (await Promise.all(answers)).flat();
}

async function shakeHands([command = '', ...args]: readonly string[], folder: string): Promise<string[]> {
  // A Node that is new enough.
  const path = [resolve('node_modules/.bin'), process.env.PATH ?? ''].join(delimiter);
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, PATH: path, XDG_STATE_HOME: folder, npm_config_offline: 'true' },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
  const exit = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    said += line;
    child.stdin.end();
  }
  const [code] = (await exit) as [number | null];
  const isErrand = /"serverInfo":\{[^}]*"name":"errand"/.test(said);
  return isErrand && code === 0 ? [] : [`packaging/README.md: ${[command, ...args].join(' ')} exited with ${code} and said: ${said}`];
}
