import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Driver } from '../driver.ts';
import { localExecutor } from '../local/local-executor.ts';
import { queued } from '../queue/queued.ts';
import { leastSupports } from '../testing/least-supports.ts';
import { createExecutor } from './create-executor.ts';

/** None of this driver's waits keeps Node alive: who awaits a result, a disposal or `close()` is told all the same. */
const soon = (): Promise<void> => delay(150, undefined, { ref: false });

const driver: Driver = {
  supports: leastSupports,
  async start({ command }) {
    await soon();
    const killed = Promise.withResolvers<void>();
    return {
      // Never ended, so whatever may still write is waited for.
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      exit: (command === 'long' ? killed.promise : Promise.resolve()).then(soon).then(() => ({ exitCode: 0 })),
      kill: async () => {
        await soon();
        killed.resolve();
        return false;
      },
    };
  },
  ping: soon,
  close: soon,
};

const executor = createExecutor({ kind: 'unreferenced', makeDriver: () => driver }, {});
const { outcome } = await executor.exec('short');
const long = executor.spawn('long');
while (long.state !== 'running') await delay(10);
await long[Symbol.asyncDispose]();
const { ok } = await executor.health();
const queue = queued(executor, { concurrency: 1 });
queue.pause();
setTimeout(() => queue.resume(), 150).unref();
const waited = await queue.exec('short');
queue.spawn('short');
await queue.drain();
await queue.close();
const sessions = queued(localExecutor(), { concurrency: 1, sessions: 'life' });
sessions.pause();
setTimeout(() => sessions.resume(), 150).unref();
await (await sessions.openSession()).close();
await sessions.close();
const terminals = queued(localExecutor(), { concurrency: 1 });
terminals.pause();
setTimeout(() => terminals.resume(), 150).unref();
await (await terminals.openTerminal({ command: 'exit 0' })).close();
await terminals.close();
process.stdout.write(JSON.stringify({ outcome, long: (await long.result).outcome, ok, waited: waited.outcome }));
