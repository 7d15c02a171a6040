import { EventEmitter, getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ExecError } from '../errors.ts';
import type { FileOptions, Files } from '../files.ts';
import { ExecutorFiles } from './executor-files.ts';

/** A driver's files whose `stat` never comes back, as on a file system that hangs, and which tells of each call. */
function hanging(): { readonly files: ExecutorFiles; readonly calls: FileOptions[]; readonly release: () => void } {
  const calls: FileOptions[] = [];
  const waiting: (() => void)[] = [];
  const hang = (_path: string, options: FileOptions = {}): Promise<never> => {
    calls.push(options);
    return new Promise((_resolve, reject) => waiting.push(() => reject(new Error('too late'))));
  };
  const files = new ExecutorFiles({ stat: hang, read: hang, write: hang } as Partial<Files> as Files);
  return { files, calls, release: () => waiting.forEach((end) => void end()) };
}

const closed = new ExecError('EXEC_CLOSED', 'closed');

describe('files of an executor whose driver hangs', () => {
  it('settle when the signal aborts, with its reason, and leave no listener', async () => {
    const { files, calls, release } = hanging();
    const controller = new AbortController();
    const reason = new Error('enough');
    const call = files.stat('/a', { signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(calls[0]?.signal?.reason).toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    release();
  });

  it('settle when the executor closes, which waits for them no longer than a while', async () => {
    const { files, calls } = hanging();
    const call = files.stat('/a');
    const [settled] = await Promise.all([Promise.allSettled([call]), files.close(closed)]);
    expect(settled).toEqual([{ status: 'rejected', reason: closed }]);
    expect(calls[0]?.signal?.aborted).toBe(true);
    await expect(files.stat('/a')).rejects.toBe(closed);
    expect(calls).toHaveLength(1);
  });
});

describe('files of an executor', () => {
  it('are closed only when what was given up has ended', async () => {
    const { files, release } = hanging();
    const call = files.stat('/a');
    call.catch(() => undefined);
    const order: string[] = [];
    const closing = files.close(closed).then(() => order.push('closed'));
    await expect(call).rejects.toBe(closed);
    order.push('released');
    release();
    await closing;
    expect(order).toEqual(['released', 'closed']);
  });

  it('take the signal of a polyfill', async () => {
    const { files, release } = hanging();
    const events = new EventEmitter();
    const signal = {
      aborted: false,
      reason: new Error('enough'),
      addEventListener: (name: string, listener: () => void) => events.on(name, listener),
      removeEventListener: (name: string, listener: () => void) => events.off(name, listener),
    } as unknown as AbortSignal;
    const call = files.stat('/a', { signal });
    events.emit('abort');
    await expect(call).rejects.toThrow('enough');
    expect(events.listenerCount('abort')).toBe(0);
    release();
  });

  it('never reach the driver with wrong arguments, and refuse by rejecting', async () => {
    const { files, calls } = hanging();
    const wrong = [files.read('', {}), files.write('/a', 5 as never), files.read('/a', { maxBytes: -1 }), files.stat('/a', null as never)];
    for (const call of wrong) await expect(call).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
    expect(calls).toEqual([]);
  });

  it('name permission bits in octal', async () => {
    const call = hanging().files.write('/a', 'x', { mode: 0o1000 });
    await expect(call).rejects.toThrow('mode: 512 is no permission bits. Allowed: an integer from 0 to 0o777, such as 0o644.');
  });
});
