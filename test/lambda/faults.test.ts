import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { COMPLETE, DONE, error, fakeRig, frames, out, STARTED } from './fake-rig.ts';

describe('a command that may have started', () => {
  it('is unknown where the service failed, or broke the connection, and is not sent again', async () => {
    for (const answer of [error(500, 'ServiceException'), error(503, 'Unheard'), { reset: true } as const]) {
      const { executor, fake } = await fakeRig(() => answer);
      expect(await executor.exec('a')).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('may have started') });
      expect(fake.invocations).toHaveLength(1);
    }
  });

  it('is unknown wherever its answer is cut, with all that came whole until then', async () => {
    const steps = [...frames(STARTED, out('one'), out('two'), DONE), COMPLETE];
    const { executor, fake } = await fakeRig(() => ({ steps }));
    const whole = await executor.exec('a');
    expect([whole.outcome, whole.stdout.text]).toEqual(['exited', 'onetwo']);
    const seen = new Set<string>();
    for (let bytes = 5; bytes < 1_200; bytes += 25) {
      fake.answer = () => ({ steps, cutAfterBytes: bytes });
      const { outcome, stdout } = await executor.exec('a');
      expect('onetwo'.startsWith(stdout.text)).toBe(true);
      seen.add(`${outcome} ${stdout.text}`);
    }
    expect([...seen]).toEqual(['unknown ', 'unknown one', 'unknown onetwo', 'exited onetwo']);
  });

  it.each([
    ['a gap', [...frames(STARTED, out('one')), { says: '{"v":2,"n":3,"type":"heartbeat"}\n' }], 'frame 3 came where 2 was due'],
    ['no final record', [...frames(STARTED, out('one')), COMPLETE], 'without a final record'],
    ['an end without a word of the service', frames(STARTED, out('one')), 'without a final record'],
    ['nothing that is a frame', [...frames(STARTED, out('one')), { says: 'Segmentation fault\n' }], "not that of Errand's handler"],
    [
      'a crash of its sandbox',
      [...frames(STARTED, out('one')), { complete: { ErrorCode: 'Runtime.ExitError', ErrorDetails: 'exit status 1' } }],
      'sandbox crashed',
    ],
    ['a connection that breaks', [...frames(STARTED, out('one')), { cut: true as const }], ''],
  ])('is unknown after %s', async (_what, steps, says) => {
    const { executor, fake } = await fakeRig(() => ({ steps }));
    const result = await executor.exec('a');
    expect(result).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining(says) });
    expect(result.stdout.text).toBe('one');
    expect(fake.invocations).toHaveLength(1);
  });

  it.each([
    ['another function', [{ says: '{"statusCode":200}' }, COMPLETE], "not that of Errand's handler"],
    ['a handler of another version', [{ says: '{"v":9,"n":0,"type":"started"}\n' }], 'version 9'],
    ['one that failed without a word', [{ complete: { ErrorCode: 'Runtime.ExitError' } }], 'Runtime.ExitError'],
  ])('is unknown of %s', async (_what, steps, says) => {
    const { executor } = await fakeRig(() => ({ steps }));
    expect(await executor.exec('a')).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining(says) });
  });

  it.each([
    ['out-of-memory', { ErrorCode: 'Runtime.OutOfMemory', ErrorDetails: 'Out of memory' }],
    [
      'out-of-memory',
      { ErrorCode: 'Runtime.ExitError', ErrorDetails: 'Runtime exited with error: signal: killed', LogResult: log(128, 128) },
    ],
    ['unknown', { ErrorCode: 'Runtime.ExitError', ErrorDetails: 'Runtime exited with error: signal: killed', LogResult: log(128, 60) }],
    ['timed-out', { ErrorCode: 'Sandbox.Timedout', ErrorDetails: 'RequestId: 1 Error: Task timed out after 3.00 seconds' }],
  ])('is %s where the sandbox was ended for it: %j', async (outcome, complete) => {
    const { executor } = await fakeRig(() => ({ steps: [...frames(STARTED, out('one')), { complete }] }));
    const result = await executor.exec('a');
    expect(result).toMatchObject({ outcome, ok: false, reason: expect.stringMatching(/\S/) });
    expect(result.stdout.text).toBe('one');
  });

  it('has what a repeated answer knows, and what it does not is counted', async () => {
    const ending = { outcome: 'exited', exitCode: 0, omitted: { stdout: 10, stderr: 0 } };
    const steps = [...frames({ ...STARTED, repeated: true }, out('one'), { type: 'ended', ending }), COMPLETE];
    const { executor } = await fakeRig(() => ({ steps }));
    const { outcome, stdout } = await executor.exec('a');
    expect([outcome, stdout.totalBytes, stdout.omittedBytes]).toEqual(['exited', 13, 10]);
  });

  it('has its answer whole, into whatever pieces the network cuts it', async () => {
    const steps = [...frames(STARTED, { type: 'heartbeat' }, out('grüße\n'), { type: 'usage', cpuMs: 5 }, DONE), COMPLETE];
    for (const pieceBytes of [1, 2, 3, 7, 64]) {
      const { executor } = await fakeRig(() => ({ steps, pieceBytes }));
      const result = await executor.exec('a');
      expect(result).toMatchObject({ outcome: 'exited', usage: { cpuMs: 5 } });
      expect(result.stdout.text).toBe('grüße\n');
    }
  });

  it('is unknown at once when it is aborted or late after it was sent, and nothing was answered', async () => {
    const { executor, fake } = await fakeRig(() => ({ steps: [{ stall: true }] }));
    const abort = new AbortController();
    const asked = fake.asked();
    const aborted = executor.exec('a', { signal: abort.signal });
    await asked;
    abort.abort();
    expect(await aborted).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('its deadline ends it') });
    expect(await executor.exec('a', { startTimeoutMs: 300 })).toMatchObject({ outcome: 'unknown' });
  });

  it('did not start when it was given up before it was sent', async () => {
    const { promise: credentials, resolve } = Promise.withResolvers<{ accessKeyId: string; secretAccessKey: string }>();
    const { executor, fake } = await fakeRig(() => ({}), { credentials: () => credentials });
    const abort = new AbortController();
    const execution = executor.spawn('a', { signal: abort.signal });
    const late = expect(executor.exec('a', { startTimeoutMs: 100 })).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT' });
    await new Promise(setImmediate);
    const reason = new Error('changed my mind');
    abort.abort(reason);
    await expect(execution.result).rejects.toBe(reason);
    await late;
    resolve({ accessKeyId: 'a', secretAccessKey: 'b' });
    await new Promise(setImmediate);
    expect(fake.invocations).toEqual([]);
  });
});

describe('what an invocation says', () => {
  const done = () => ({ steps: [...frames(STARTED, DONE), COMPLETE] });

  it('is the tenant, where tenants are isolated, and a command without one is refused', async () => {
    const { executor, fake } = await fakeRig(done, { tenantIsolation: true });
    await executor.exec('a', { tenant: 'team-a' });
    expect(fake.invocations[0]?.headers['x-amz-tenant-id']).toBe('team-a');
    for (const options of [{}, { tenant: 'näme' }])
      await expect(executor.exec('a', options)).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION', detail: { option: 'tenant' } });
    const { executor: other, fake: shared } = await fakeRig(done);
    await other.exec('a', { tenant: 'team-a' });
    expect(shared.invocations[0]?.headers['x-amz-tenant-id']).toBeUndefined();
  });

  it('goes to the smallest function that has the memory', async () => {
    const MIB = 1_048_576;
    const functions = [512, 128, 2_048].map((mib) => ({ functionName: `fake-${mib}`, memoryBytes: mib * MIB }));
    const { executor, fake } = await fakeRig(done, { functions });
    for (const memoryBytes of [undefined, 200 * MIB, 512 * MIB, 1_000 * MIB])
      await executor.exec('a', { limits: memoryBytes ? { memoryBytes } : {} });
    expect(fake.invocations.map(({ path }) => /fake-\d+/.exec(path)?.[0])).toEqual(['fake-128', 'fake-512', 'fake-512', 'fake-2048']);
    await expect(executor.exec('a', { limits: { memoryBytes: 4_096 * MIB } })).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
    expect(executor.supports.limits.memoryBytes).toBe('tree');
    expect(JSON.parse(fake.invocations[1]?.payload ?? '')).toMatchObject({ limits: {} });
  });

  it('is never longer than Lambda takes, which is told before anything is sent', async () => {
    const { executor, fake } = await fakeRig(done);
    const env = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`V${i}`, 'x'.repeat(100_000)]));
    const stdin = Buffer.alloc(4_194_304);
    await expect(executor.exec('a', { env, stdin })).rejects.toMatchObject({
      code: 'EXEC_INVALID_OPTION',
      message: expect.stringContaining('6291456'),
    });
    expect(fake.invocations).toEqual([]);
  });

  it('is where stdin lies that does not fit', async () => {
    const stored: [string, number][] = [];
    const storeStdin = async (id: string, { length }: Uint8Array): Promise<string> => {
      stored.push([id, length]);
      return 's3://bucket/key';
    };
    const { executor, fake } = await fakeRig(done, { storeStdin });
    const { executionId } = await executor.exec('a', { stdin: Buffer.alloc(4_194_305) });
    await executor.exec('a', { stdin: 'short' });
    expect(stored).toEqual([[executionId, 4_194_305]]);
    expect(fake.invocations.map(({ payload }) => JSON.parse(payload))).toMatchObject([
      { stdinReference: 's3://bucket/key' },
      { stdin: 'c2hvcnQ=' },
    ]);
    const { executor: other, fake: unasked } = await fakeRig(done, { storeStdin: () => Promise.reject(new Error('no bucket')) });
    await expect(other.exec('a', { stdin: Buffer.alloc(5_000_000) })).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
    expect(unasked.invocations).toEqual([]);
  });

  it('is a dry run for health()', async () => {
    const { executor, fake } = await fakeRig(() => ({ status: 204, body: '' }));
    expect(await executor.health()).toMatchObject({ ok: true });
    expect(fake.invocations.map(({ headers }) => headers['x-amz-invocation-type'])).toEqual(['DryRun']);
    fake.answer = () => error(404, 'ResourceNotFoundException');
    expect(await executor.health()).toMatchObject({ ok: false, reason: expect.stringContaining('no such function') });
  });
});

it('a server that is no AWS is told from one that does not answer', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { executor } = await fakeRig(() => ({}), { endpoint: `http://127.0.0.1:${port}` });
    expect(await executor.exec('a')).toMatchObject({ outcome: 'unknown' });
  } finally {
    server.close();
  }
});

/** As a function's log ends. */
function log(size: number, used: number): string {
  return Buffer.from(`REPORT RequestId: 1\tDuration: 1.00 ms\tMemory Size: ${size} MB\tMax Memory Used: ${used} MB\t\n`).toString('base64');
}
