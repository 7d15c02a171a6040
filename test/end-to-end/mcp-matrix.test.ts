import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, GENERATIONS, type TestClient } from './mcp/clients.ts';
import { allGone, isAlive, pidsIn, STRAYING_PROCESSES, strayingScript, temporaryDirectory } from './mcp/processes.ts';
import { SERVERS, type Started } from './mcp/server-kinds.ts';
import { TOOLS } from './mcp/tools.ts';

describe.each(Object.entries(SERVERS))('%s', (_name, start) => {
  let server: Started;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => await server?.[Symbol.asyncDispose]());

  test('agrees with a client on the revision', async () => {
    const revisions: (string | undefined)[] = [];
    for (const generation of ['v2 of 2025', 'v2 of 2026-07-28', 'v2 that negotiates'] as const) {
      await using client = await connect(generation, server.endpoint);
      revisions.push(client.revision);
    }
    expect(revisions).toEqual(['2025-11-25', '2026-07-28', '2026-07-28']);
  });

  describe.each(GENERATIONS)('to a client %s', (generation) => {
    let client: TestClient;
    beforeAll(async () => {
      client = await connect(generation, server.endpoint);
    });
    afterAll(async () => await client?.[Symbol.asyncDispose]());

    test('offers its tools, and says how to use them', async () => {
      expect((await client.tools()).map(({ name }) => name)).toEqual([...TOOLS]);
      expect(client.instructions).toContain('Targets: local.');
    });

    test('runs git --version', async () => {
      const stdout = execFileSync('git', ['--version'], { encoding: 'utf8' });
      const { structuredContent, text, isError } = await client.call('run_command', { command: 'git --version' });
      expect(isError).toBe(false);
      expect(structuredContent).toStrictEqual({
        execution_id: expect.stringMatching(/^local-[0-9a-f]{20}$/),
        target: 'local',
        state: 'ended',
        outcome: 'exited',
        ok: true,
        exit_code: 0,
        stdout,
        stdout_total_bytes: stdout.length,
        stdout_omitted_bytes: 0,
        stderr: '',
        stderr_total_bytes: 0,
        stderr_omitted_bytes: 0,
        duration_ms: expect.any(Number),
        timeout_ms: 600_000,
      });
      expect(text).toContain(stdout.trim());
    });

    test('tells how a command failed, which is no error of the tool', async () => {
      const command = 'echo out; echo err >&2; exit 3';
      const { structuredContent, text, isError } = await client.call('run_command', { command });
      expect(isError).toBe(false);
      expect(structuredContent).toMatchObject({ outcome: 'exited', ok: false, exit_code: 3, stdout: 'out\n', stderr: 'err\n' });
      expect(text).toContain('exit code 3');
      expect(text).toContain('err');
    });

    test('ends the whole tree of a command that is cancelled half-way', async () => {
      await using directory = await temporaryDirectory();
      const file = `${directory.path}/pids`;
      const cancel = new AbortController();
      const call = client.call('run_command', { command: strayingScript(file) }, { signal: cancel.signal });
      const rejected = expect(call).rejects.toThrow();
      const pids = await pidsIn(file, STRAYING_PROCESSES);
      expect(pids.every(isAlive)).toBe(true);
      cancel.abort('enough');
      await rejected;
      await allGone(pids);
    });

    test('counts the bytes of 50 MiB and shows as many as were asked for', async () => {
      const command = 'head -c 52428800 /dev/zero | tr "\\0" x; head -c 100000 /dev/zero | tr "\\0" y >&2';
      const { structuredContent, text } = await client.call('run_command', { command, max_output_bytes: 20_000 });
      const half = 'x'.repeat(10_000);
      expect(structuredContent).toMatchObject({
        exit_code: 0,
        stdout: `${half}\n[… 52408800 bytes omitted …]\n${half}`,
        stdout_total_bytes: 52_428_800,
        stdout_omitted_bytes: 52_408_800,
        stderr_total_bytes: 100_000,
        stderr_omitted_bytes: 80_000,
      });
      expect(text.length).toBeLessThan(41_000);
    });
  });
});
