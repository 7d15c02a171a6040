import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, test } from 'vitest';
import { atEnd } from './cli/cleanup.ts';
import { home, TWO } from './cli/config-home.ts';
import { ERRAND } from './cli/errand.ts';

/** What tools answer through `errand serve --stdio`, called all at once. */
async function answersOf(
  args: readonly string[],
  text: string,
  ...calls: { readonly name: string; readonly arguments?: Record<string, unknown> }[]
): Promise<{ answers: unknown[]; stderr: string }> {
  const { directory } = await home(text);
  const [command, ...words] = [...ERRAND, 'serve', '--stdio', ...args];
  const transport = new StdioClientTransport({ command: command ?? '', args: words, cwd: directory, stderr: 'pipe' });
  let stderr = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  atEnd(() => client.close().catch(() => {}));
  await client.connect(transport);
  const answers = await Promise.all(calls.map(async (call) => (await client.callTool(call)).structuredContent));
  await client.close();
  return { answers, stderr };
}

describe.concurrent('errand serve', () => {
  const client = async (args: readonly string[], text: string): Promise<unknown> => {
    const { answers, stderr } = await answersOf(args, text, { name: 'list_targets' });
    expect(stderr).toBe('');
    return (answers[0] as { targets: unknown }).targets;
  };
  const runCommand = (given: object = {}): { name: string; arguments: Record<string, unknown> } => ({
    name: 'run_command',
    arguments: { argv: ['true'], ...given },
  });

  test('offers the targets that expose commands, with their labels and descriptions, or those that are named', async () => {
    const text = TWO.replace('kind: local, defaults', 'kind: local, mcp: { expose: none }, defaults').replace(
      '\n  b:',
      '\n  c: { kind: local }\n  b:',
    );
    expect(await client([], text)).toMatchObject([{ name: 'a', labels: { env: 'test' }, description: 'the first' }, { name: 'c' }]);
    expect(await client(['--target', 'c'], text)).toMatchObject([{ name: 'c' }]);
  });

  test('offers the files of those targets alone that allow it', async () => {
    const text =
      'version: 1\ntargets: { a: { kind: local }, r: { kind: local, mcp: { files: read } }, n: { kind: local, mcp: { files: none, maxJobOutput: 1MiB } } }\n';
    expect(await client([], text)).toEqual([
      { name: 'a', labels: {} },
      { name: 'n', labels: {} },
      { name: 'r', labels: {}, files: 'read' },
    ]);
    const read = (target: string): { name: string; arguments: Record<string, unknown> } => ({
      name: 'read_file',
      arguments: { target, path: 'errand.yaml' },
    });
    const { answers } = await answersOf([], text, read('r'), read('a'), read('n'));
    expect(answers).toMatchObject([{ data: text, at_end: true }, { code: 'EXEC_PERMISSION' }, { code: 'EXEC_PERMISSION' }]);
    const { run } = await home(text.replace('files: read', 'files: all'));
    expect(await run(['serve', '--stdio'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('targets.r.mcp.files: is not known. Allowed: none, read, write.'),
    });
  });

  test('runs a command that names neither target nor timeout where, and for as long as, the file says', async () => {
    const text = `version: 1
defaults: { target: b, timeout: 2m }
targets:
  a: { kind: local, defaults: { timeout: 2d } }
  b: { kind: local }
`;
    const { answers } = await answersOf([], text, runCommand(), runCommand({ target: 'a' }), runCommand({ target: 'a', timeout_ms: 900 }));
    expect(answers).toMatchObject([
      { target: 'b', timeout_ms: 120_000 },
      { target: 'a', timeout_ms: 172_800_000 },
      { target: 'a', timeout_ms: 900 },
    ]);
    const without = text.replace('defaults: { target: b, timeout: 2m }\n', '');
    const { answers: others } = await answersOf([], without, runCommand({ target: 'b' }), runCommand());
    expect(others).toMatchObject([
      { target: 'b', timeout_ms: 600_000 },
      { code: 'EXEC_INVALID_OPTION', option: 'target' },
    ]);
  });

  test('on the command line has the last word on target, timeout and tenant', async () => {
    const text =
      'version: 1\ndefaults: { target: b, timeout: 2m }\ntargets: { a: { kind: local, defaults: { timeout: 3m } }, b: { kind: local }, c: { kind: local } }\n';
    const { answers } = await answersOf(['--target', 'a'], text, runCommand());
    expect(answers).toMatchObject([{ target: 'a', timeout_ms: 180_000 }]);
    const { answers: timed } = await answersOf(['--timeout', '9s', '--tenant', 'ci'], text, runCommand(), runCommand({ target: 'a' }));
    expect(timed).toMatchObject([
      { target: 'b', timeout_ms: 9_000 },
      { target: 'a', timeout_ms: 9_000 },
    ]);
    const { answers: none } = await answersOf(['--target', 'a', '--target', 'c'], text, runCommand());
    expect(none).toMatchObject([{ code: 'EXEC_INVALID_OPTION', option: 'target' }]);
    const { run } = await home(text);
    expect(await run(['serve', '--http', '0', '--tenant', 'ci'])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^errand: --tenant: only with --stdio/),
    });
    expect(await run(['serve', '--stdio', '--tenant', ''])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^errand: --tenant: /),
    });
  });

  test('over stdio has commands of the tenant of --tenant, else of the file', async () => {
    const text =
      'version: 1\ntargets: { a: { kind: local, queue: { concurrency: 1, maxQueuedPerTenant: 0 }, defaults: { tenant: file } } }\n';
    const refusals = async (args: readonly string[]): Promise<string> => {
      const { answers } = await answersOf(args, text, runCommand({ argv: ['sleep', '1'] }), runCommand({ argv: ['sleep', '1'] }));
      return JSON.stringify(answers);
    };
    expect(await refusals(['--tenant', 'ci'])).toContain("tenant 'ci'");
    expect(await refusals([])).toContain("tenant 'file'");
  });

  test('refuses a target that exposes nothing, and a file without one that does', async () => {
    const { run } = await home('version: 1\ntargets: { a: { kind: local, mcp: { expose: none } } }\n');
    expect(await run(['serve', '--stdio', '--target', 'a'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('targets.a.mcp.expose'),
    });
    expect(await run(['serve', '--stdio'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('no target in errand.yaml exposes anything'),
    });
  });
});
