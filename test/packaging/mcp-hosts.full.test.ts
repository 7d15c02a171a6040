import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { snippetTexts } from '../../scripts/check/client-snippets.ts';
import { temporaryDirectory } from '../end-to-end/mcp/processes.ts';
import { type ServerProcess, startCliServer } from '../end-to-end/mcp/servers.ts';
import { mcpHostCommands } from '../servers/mcp-hosts/location.mjs';
import { isAbsent } from '../third-party/is-absent.ts';
import { type HostDirectory, hostDirectory } from './mcp-hosts/host-directory.ts';
import { MCP_HOSTS, type McpHost } from './mcp-hosts/hosts.ts';
import { type PlayedModel, playModel } from './mcp-hosts/model.ts';

const page = await readFile(new URL('../../packaging/README.md', import.meta.url), 'utf8');
const commands = mcpHostCommands();
const LISTENING = 'http://127.0.0.1:7330/mcp';
const PATIENCE = { timeout: 10_000, interval: 50 };

describe.skipIf(isAbsent(commands && 'there', 'the hosts of packaging/README.md', 'npm run test:full'))('packaging/README.md', () => {
  let server: ServerProcess;
  let state: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    state = await temporaryDirectory();
    const config = new URL('./mcp-hosts/shared.errand.yaml', import.meta.url).pathname;
    server = await startCliServer(state.path, '--config', config);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await state?.[Symbol.asyncDispose]();
  });

  const has = (name: string): readonly string[] => commands?.get(name) ?? [];

  /** The snippet, word for word but for the port. */
  async function configure(directory: HostDirectory, name: string, { file, settings }: McpHost): Promise<void> {
    const { text = '' } = snippetTexts(page).get(name) ?? {};
    expect(text).toContain(LISTENING);
    if (settings) await directory.write('home', settings[0], JSON.stringify(settings[1]));
    await directory.write(file[0], file[1], text.replace(LISTENING, server.url));
  }

  async function ask(directory: HostDirectory, name: string, host: McpHost, model: PlayedModel): Promise<string> {
    const env = { ...host.env(model.url), ERRAND_TOKEN: server.token };
    return await directory.run([...has(name), ...host.args(model.url)], env);
  }

  describe.each(Object.entries(MCP_HOSTS))('%s', (name, host) => {
    test('starts errand, reaches a server that runs, and lets its model run a command with each', async () => {
      await using directory = await hostDirectory();
      await configure(directory, name, host);
      const file = join(directory.project, 'answer');
      await using model = await playModel(host.dialect, [
        { tool: host.toolName('errand', 'run_command'), args: { command: 'echo "it is $((6 * 7))." | tee answer' } },
        { tool: host.toolName('errand-shared', 'run_command'), args: { command: `cat ${file}; echo but three. >&2; exit 3` } },
      ]);
      const said = await ask(directory, name, host, model);
      expect(model.answers, `${said}\n${[...model.offered].join(' ')}`).toHaveLength(2);
      // Some hand on what is meant for people, some what is meant for programs.
      const [started, running] = model.answers;
      expect(started).toMatch(/target\W+local\W/);
      expect(started).toMatch(/exit.code\W+0\W.*it is 42\./);
      expect(running).toMatch(/target\W+shared\W/);
      expect(running).toMatch(/exit.code\W+3\W.*it is 42\..*but three\./);
      expect(await readFile(file, 'utf8')).toBe('it is 42.\n');
      await expect.poll(() => directory.leftovers(), PATIENCE).toEqual([]);
    }, 90_000);
  });

  test('the line for Claude Code adds a server to which it connects', async () => {
    await using directory = await hostDirectory();
    const [, line = ''] = /^`claude (mcp add .*?)`/m.exec(page) ?? [];
    await directory.run([...has('Claude Code'), ...line.split(' ')]);
    expect(await directory.run([...has('Claude Code'), 'mcp', 'list'])).toMatch(/^errand: npx -y errand serve --stdio - . Connected$/m);
    await expect.poll(() => directory.leftovers(), PATIENCE).toEqual([]);
  }, 90_000);
});
