import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Driver, DriverProcess, ProcessExit, ProcessRequest } from '../driver.ts';
import type { ExecutorOptions } from '../options.ts';
import { leastSupports } from '../testing/least-supports.ts';
import { createExecutor } from './create-executor.ts';

/** A target that nobody can send a signal to, such as a function: a command there tells its end itself. */
function target(parts: Partial<DriverProcess> = {}, supports: Partial<Driver['supports']> = {}, options: ExecutorOptions = {}) {
  const requests: ProcessRequest[] = [];
  const exit = Promise.withResolvers<ProcessExit>();
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const end = (ended: ProcessExit): void => {
    for (const stream of Object.values(streams)) stream.end();
    exit.resolve(ended);
  };
  const driver: Driver = {
    supports: { ...leastSupports, kill: false, lifeline: false, ...supports },
    start: async (request) => {
      requests.push(request);
      const gone = (parts.exit ?? exit.promise).then(
        () => false,
        () => false,
      );
      return { ...streams, exit: exit.promise, kill: () => gone, ...parts };
    },
    ping: async () => {},
    close: async () => {},
  };
  const executor = createExecutor({ kind: 'afar', makeDriver: () => driver }, options);
  return { executor, requests, streams, exit, end };
}

function unreachable(reason: string, exit: PromiseWithResolvers<ProcessExit>): void {
  exit.reject(new Error(`nothing reaches it (${reason})`));
}

test('what is aborted, closed or disposed of where nothing reaches a command is unknown, with the output until then', async () => {
  for (const how of ['abort', 'close', 'dispose'] as const) {
    const exit = Promise.withResolvers<ProcessExit>();
    const { executor, streams } = target({ exit: exit.promise, cancel: (reason) => unreachable(reason, exit) });
    const abort = new AbortController();
    const said = Promise.withResolvers<unknown>();
    const execution = executor.spawn('a', { signal: abort.signal, onOutput: said.resolve });
    streams.stdout.write('begun');
    await said.promise;
    if (how === 'abort') abort.abort();
    else if (how === 'close') await executor.close();
    else await execution[Symbol.asyncDispose]();
    const result = await execution.result;
    expect(result).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('nothing reaches it') });
    expect(result.stdout.text).toBe('begun');
  }
});

test('what its target confirms to have ended is cancelled', async () => {
  const asked: string[] = [];
  const { executor, end } = target({
    cancel: (reason) => {
      asked.push(reason);
      end({ signal: 'SIGTERM', cancelled: true });
    },
  });
  const execution = executor.spawn('a');
  await new Promise(setImmediate);
  await executor.close();
  expect(await execution.result).toMatchObject({ outcome: 'cancelled', signal: 'SIGTERM' });
  expect(asked).toEqual(['the executor was closed']);
});

test('a timeout there is the target’s to keep, and is not called a cancel', async () => {
  const { executor, end, requests } = target({ cancel: () => expect.fail('cancelled') });
  const running = executor.exec('a', { timeoutMs: 20, idleTimeoutMs: 50_000, killSignal: 'SIGINT', tenant: 'a' });
  setTimeout(() => end({ exitCode: 7, timedOut: true }), 80);
  expect(await running).toMatchObject({ outcome: 'timed-out', exitCode: 7 });
  expect(requests).toMatchObject([{ deadlineMs: 20, idleTimeoutMs: 50_000, killSignal: 'SIGINT', tenant: 'a' }]);
});

test.each([
  [{ idleTimedOut: true }, 'idle-timed-out', 'without output'],
  [{ cancelled: true }, 'cancelled', 'asked'],
  [{ timedOut: true, reason: 'its function’s time was over' }, 'timed-out', 'its function'],
  [{ signal: 'SIGTERM', cause: 'limit', reason: 'too much' }, 'signaled', 'too much'],
] as const)('what a target tells of an end is the result: %j', async (exit, outcome, reason) => {
  const { executor, end } = target();
  const running = executor.exec('a');
  end(exit);
  expect(await running).toMatchObject({ outcome, reason: expect.stringContaining(reason) });
});

test('what nobody saw end is released when its own deadline has passed', async () => {
  const exit = Promise.withResolvers<ProcessExit>();
  const { executor } = target({ exit: exit.promise });
  const begin = performance.now();
  const execution = executor.spawn('a', { timeoutMs: 300, killGraceMs: 50 });
  exit.reject(new Error('cut'));
  expect((await execution.result).outcome).toBe('unknown');
  await execution.released;
  expect(performance.now() - begin).toBeGreaterThan(330);
});

test('where stdin is needed ahead, all of it comes with the request', async () => {
  for (const stdin of ['text', Buffer.from('text'), Readable.from(['te', Buffer.from('xt')])]) {
    const { executor, end, requests } = target({}, { stdin: true, stdinAhead: true });
    end({ exitCode: 0 });
    expect((await executor.exec('a', { stdin })).ok).toBe(true);
    expect(String(requests[0]?.input)).toBe('text');
  }
  const { executor, end, requests } = target({}, { stdin: true, stdinAhead: true });
  end({ exitCode: 0 });
  const execution = executor.spawn('a', { stdin: 'pipe' });
  execution.stdin.write('te');
  execution.stdin.end('xt');
  expect((await execution.result).ok).toBe(true);
  expect(String(requests[0]?.input)).toBe('text');
});

test('a source that fails, has too much or is given up starts nothing, and is let go of', async () => {
  const { executor, requests } = target({}, { stdin: true, stdinAhead: true, maxStdinBytes: 3 });
  const failing = new Readable({ read: () => failing.destroy(new Error('the disk is gone')) });
  await expect(executor.exec('a', { stdin: failing })).rejects.toMatchObject({
    code: 'EXEC_INVALID_OPTION',
    message: expect.stringContaining('the disk is gone'),
  });
  const much = new Readable({ read: () => void setImmediate(() => much.push('abcd')) });
  await expect(executor.exec('a', { stdin: much })).rejects.toMatchObject({
    code: 'EXEC_INVALID_OPTION',
    message: expect.stringContaining('at most 3'),
  });
  const silent = new Readable({ read: () => {} });
  const abort = new AbortController();
  const given = expect(executor.exec('a', { stdin: silent, signal: abort.signal })).rejects.toThrow('enough');
  await new Promise(setImmediate);
  abort.abort(new Error('enough'));
  await given;
  await executor.close();
  expect([failing, much, silent].map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  expect(requests).toEqual([]);
});
