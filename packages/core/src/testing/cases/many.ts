import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { ExecOptions } from '../../options.ts';
import type { Concern, Kit } from '../case.ts';
import { retainedBytes } from '../tools/memory.ts';
import { refused } from '../tools/refused.ts';
import { assertGivenBack } from '../tools/resources.ts';

/** Many commands, at once and after each other. */
export const many: Concern = {
  name: 'many commands',
  cases: (_supports, size) => [
    { name: '64 at once each have their own output and exit code', patience: 2, run: atOnce },
    { name: '64 at once that fail in different ways each fail in their own', patience: 2, run: failingAtOnce },
    { name: 'a thousand leave no listener, timer, descriptor or process', patience: size === 'full' ? 12 : 2, run: thousand },
  ],
};

async function atOnce({ executor }: Kit): Promise<void> {
  const runs = Array.from({ length: 64 }, (_, i) => executor.exec(`echo "out ${i}"; echo "err ${i}" >&2; exit ${i}`));
  (await Promise.all(runs)).forEach((result, i) => {
    assert.equal(result.stdout.text, `out ${i}\n`);
    assert.equal(result.stderr.text, `err ${i}\n`);
    assert.equal(result.exitCode, i);
  });
}

async function failingAtOnce({ executor, supports }: Kit): Promise<void> {
  const runs = Array.from({ length: 64 }, async (_, i) => {
    if (i % 4 === 0) return refused(executor.exec([`errand-no-such-${i}`]), 'EXEC_NOT_FOUND');
    if (i % 4 === 1) return assert.equal((await executor.exec('sleep 60', { timeoutMs: 300, killGraceMs: 500 })).outcome, 'timed-out');
    if (i % 4 === 2) return assert.equal((await executor.exec('kill -9 $$')).ok, false);
    return assert.equal(
      (await executor.exec(supports.stdin ? 'cat' : `echo ${i}`, supports.stdin ? { stdin: `${i}\n` } : {})).stdout.text,
      `${i}\n`,
    );
  });
  await Promise.all(runs);
}

const AT_ONCE = 8;
/** On a target that takes long for each command, as many as fit in this time, and never less than `LEAST`. */
const STANDARD_MS = 15_000;
const LEAST = 64;

async function thousand({ executor, size }: Kit): Promise<void> {
  const { signal } = new AbortController();
  const options: ExecOptions[] = [
    {},
    { signal },
    { timeoutMs: 60_000, idleTimeoutMs: 60_000 },
    { onOutput: () => undefined, labels: { a: 'b' } },
  ];
  const one = async (i: number): Promise<void> =>
    assert.equal((await executor.exec(`exit ${i % 100}`, options[i % options.length])).exitCode, i % 100);
  // The first few make what stays: connections, a supervisor, compiled code.
  await Promise.all(Array.from({ length: 32 }, (_, i) => one(i)));
  const memoryBefore = await retainedBytes();
  const wanted = size === 'full' ? 5_000 : 1_000;
  const end = performance.now() + (size === 'full' ? Number.POSITIVE_INFINITY : STANDARD_MS);
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < wanted && (performance.now() < end || started < LEAST)) await one(started++);
  };
  // Once is enough to see growth: what each command leaves is there hundreds of times.
  await assertGivenBack(AT_ONCE, async () => {
    if (started === 0) await Promise.all(Array.from({ length: AT_ONCE }, worker));
  });
  assert.equal(getEventListeners(signal, 'abort').length, 0, 'Listeners stayed on an AbortSignal.');
  const kept = (await retainedBytes()) - memoryBefore;
  assert.ok(kept < 4 * 2 ** 20 + started * 500, `${started} commands left ${(kept / 2 ** 20).toFixed(1)} MiB of memory in use.`);
}
