import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Driver } from '../driver.ts';
import { leastSupports } from '../testing/least-supports.ts';
import { within } from '../testing/tools/within.ts';
import { createExecutor } from './create-executor.ts';

/** Whatever is done to its processes, nobody tells that they ended. */
function silentDriver(letGo: string[]): Driver {
  return {
    supports: leastSupports,
    start: async () => ({
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      exit: new Promise(() => {}),
      delivered: new Promise(() => {}),
      kill: async () => false,
      letGo: (why) => void letGo.push(why),
    }),
    ping: async () => {},
    close: async () => {},
  };
}

test('a command that was ended, and whose end nobody tells, is not waited for without end, nor by close()', async () => {
  const letGo: string[] = [];
  const executor = createExecutor({ kind: 'silent', makeDriver: () => silentDriver(letGo) }, {});
  const timed = executor.exec('a', { timeoutMs: 10, killGraceMs: 10 });
  const killed = executor.spawn('b', { killGraceMs: 10 });
  while (killed.state !== 'running') await new Promise(setImmediate);
  await killed.kill();
  expect(await within(15_000, timed, 'the result')).toMatchObject({
    outcome: 'timed-out',
    reason: 'timeoutMs of 10 passed; it was ended, and nobody told of its end',
  });
  expect(await within(1_000, killed.result, 'the result')).toMatchObject({ outcome: 'unknown' });
  expect(letGo).toHaveLength(2);
  executor.spawn('c', { killGraceMs: 10 });
  await within(15_000, executor.close(), 'close()');
}, 40_000);
