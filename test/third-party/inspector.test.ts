import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../end-to-end/mcp/processes.ts';
import { errand, type ServerProcess, startCliServer } from '../end-to-end/mcp/servers.ts';
import { inspectorProgram } from '../servers/third-party/location.mjs';
import { isAbsent } from './is-absent.ts';

const CONFIG = ['--config', fileURLToPath(new URL('./inspector.errand.yaml', import.meta.url))];

const program = inspectorProgram();

describe.skipIf(isAbsent(program, "the MCP Inspector's command line"))("the MCP Inspector's command line", () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: ServerProcess;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    server = await startCliServer(join(directory.path, 'state'), ...CONFIG);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  const connections: Readonly<Record<string, () => string[]>> = {
    stdio: () => ['-e', `XDG_STATE_HOME=${directory.path}`, '--', process.execPath, ...errand('serve', '--stdio', ...CONFIG)],
    HTTP: () => ['--server-url', server.url, '--transport', 'http', '--header', `Authorization: Bearer ${server.token}`],
  };

  describe.each(['legacy', 'modern'])('of the %s era', (era) => {
    describe.each(Object.keys(connections))('over %s', (connection) => {
      function inspect(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
        const where = connections[connection]?.() ?? [];
        const said = ['--cli', '--protocol-era', era, '--format', 'json', ...args, ...where];
        // Its catalog would be the account's own.
        const env = { ...process.env, MCP_CATALOG_PATH: join(directory.path, 'catalog.json') };
        return new Promise((resolve) => {
          execFile(process.execPath, [program ?? '', ...said], { env, timeout: 25_000 }, (error, stdout, stderr) => {
            resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
          });
        });
      }

      test('finds nothing to remark on in any tool, strictly', async () => {
        const { code, stdout, stderr } = await inspect('--method', 'tools/list', '--strict');
        expect(stderr.replace(/^errand: .*\n/gm, '')).toBe('');
        expect(code).toBe(0);
        const { tools } = JSON.parse(stdout).result as { tools: { name: string }[] };
        expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['every_type', 'run_command', 'write_file', 'list_targets']));
      });

      test('runs a command', async () => {
        const asked = { command: 'echo "$((6 * 7))"; exit 3', target: 'there' };
        const { code, stdout } = await inspect(
          ...['--method', 'tools/call', '--tool-name', 'run_command', '--tool-args-json', JSON.stringify(asked)],
        );
        expect(code, stdout).toBe(0);
        expect(JSON.parse(stdout).result.structuredContent).toMatchObject({ target: 'there', exit_code: 3, stdout: '42\n' });
      });
    });
  });
});
