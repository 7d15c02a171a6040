import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecResult } from '../../result.ts';
import type { Concern, Kit } from '../case.ts';
import { peakGrowth, retainedBytes } from '../tools/memory.ts';
import { poll } from '../tools/poll.ts';

const BOUND_BYTES = 16 * 2 ** 20;

/** Promise 5: bounded memory, whatever the command prints and whoever reads it, or does not. */
export const memory: Concern = {
  name: 'memory is bounded',
  cases: (_supports, size) => {
    const patience = size === 'full' ? 6 : 2;
    return [
      { name: 'much output that is collected', patience, run: collected },
      { name: 'much output on both streams that is ignored', patience, run: ignored },
      { name: 'much output that is streamed', patience, run: streamed },
      { name: 'much output that is iterated', patience, run: iterated },
      { name: 'much output for a reader that does not read', run: slowReader },
      { name: 'much output for onOutput', patience, run: toCallback },
      { name: 'much output under many idempotency keys', patience: 2, run: underKeys },
      { name: 'many results that keep little hold little', run: littleKept },
    ];
  },
};

/** How much a command prints: 64 MiB, or 1 GiB, or what the target allows. */
function muchBytes({ size, supports }: Kit): number {
  const most = Math.min(size === 'full' ? 2 ** 30 : 64 * 2 ** 20, supports.maxOutputBytes);
  return Math.floor(most / 65_536) * 65_536;
}

function printing(bytes: number): string {
  return `dd if=/dev/zero bs=65536 count=${bytes / 65_536} 2>/dev/null`;
}

async function assertBounded(body: () => Promise<unknown>, boundBytes = BOUND_BYTES): Promise<void> {
  const growth = await peakGrowth(body);
  assert.ok(growth < boundBytes, `It held ${(growth / 2 ** 20).toFixed(1)} MiB at once; allowed are ${boundBytes / 2 ** 20}.`);
}

async function collected(kit: Kit): Promise<void> {
  const bytes = muchBytes(kit);
  await assertBounded(async () => {
    const result = await kit.executor.exec(printing(bytes));
    assert.equal(result.stdout.totalBytes, bytes);
    assert.equal(result.stdout.omittedBytes, bytes - 2 ** 20);
    return result;
  });
}

async function ignored(kit: Kit): Promise<void> {
  const bytes = muchBytes(kit) / 2;
  await assertBounded(async () => {
    const result = await kit.executor.exec(`${printing(bytes)}; (${printing(bytes)}) >&2`, { maxOutputBytes: 0 });
    assert.equal(result.stdout.totalBytes, bytes);
    assert.equal(result.stderr.totalBytes, bytes);
    return result;
  });
}

async function streamed(kit: Kit): Promise<void> {
  const bytes = muchBytes(kit);
  await assertBounded(async () => {
    const execution = kit.executor.spawn(printing(bytes), { maxOutputBytes: 1_000 });
    let total = 0;
    for await (const piece of execution.stdout) total += piece.length;
    assert.equal(total, bytes);
    return execution.result;
  });
}

async function iterated(kit: Kit): Promise<void> {
  const bytes = muchBytes(kit);
  await assertBounded(async () => {
    const execution = kit.executor.spawn(printing(bytes), { maxOutputBytes: 1_000 });
    let total = 0;
    for await (const chunk of execution) total += chunk.data.length;
    assert.equal(total, bytes);
    return execution.result;
  });
}

async function slowReader(kit: Kit): Promise<void> {
  const bytes = muchBytes({ ...kit, size: 'standard' });
  const held = async (begin: (run: ReturnType<Kit['executor']['spawn']>) => () => void): Promise<ExecResult> => {
    const abort = new AbortController();
    const execution = kit.executor.spawn(printing(bytes), { killGraceMs: 300, signal: abort.signal });
    const stop = begin(execution);
    await poll('it should run', 10_000, () => execution.state === 'running');
    await delay(400);
    abort.abort();
    const result = await execution.result;
    stop();
    return result;
  };
  await assertBounded(() =>
    held((execution) => {
      const { stdout } = execution;
      return () => stdout.destroy();
    }),
  );
  await assertBounded(() =>
    held((execution) => {
      const chunks = execution[Symbol.asyncIterator]();
      void chunks.next();
      return () => void chunks.return?.();
    }),
  );
}

async function toCallback(kit: Kit): Promise<void> {
  const bytes = muchBytes(kit);
  await assertBounded(async () => {
    let total = 0;
    const result = await kit.executor.exec(printing(bytes), {
      onOutput: (chunk) => {
        total += chunk.data.length;
      },
    });
    assert.equal(total, bytes);
    return result;
  });
}

/** What is remembered for duplicates is bounded as well; the oldest outputs go first, and are then told to be omitted. */
async function underKeys({ executor, supports }: Kit): Promise<void> {
  const bytes = Math.min(4 * 2 ** 20, supports.maxOutputBytes);
  const submit = (i: number): Promise<ExecResult> =>
    executor.exec(printing(bytes), { maxOutputBytes: bytes * 2, idempotencyKey: `memory-${i}` });
  const ids: string[] = [];
  await assertBounded(
    async () => {
      for (let i = 0; i < 24; i++) ids.push((await submit(i)).executionId);
    },
    80 * 2 ** 20,
  );
  const oldest = await submit(0);
  assert.equal(oldest.executionId, ids[0]);
  assert.equal(oldest.stdout.totalBytes, bytes);
  assert.equal(oldest.stdout.omittedBytes + oldest.stdout.head.length + oldest.stdout.tail.length, bytes);
  const latest = await submit(23);
  assert.equal(latest.executionId, ids[23]);
  assert.equal(latest.stdout.bytes.length, bytes);
}

/** What is kept may be a small part of the buffer in which it came, which must not be kept with it. */
async function littleKept({ executor, supports }: Kit): Promise<void> {
  const bytes = Math.min(200_000, supports.maxOutputBytes);
  const run = (): Promise<ExecResult> => executor.exec(`dd if=/dev/zero bs=${bytes} count=1 2>/dev/null`, { maxOutputBytes: 1_000 });
  for (let i = 0; i < 5; i++) await run();
  const before = await retainedBytes();
  const results: ExecResult[] = [];
  for (let i = 0; i < 40; i++) results.push(await run());
  const each = Math.round(((await retainedBytes()) - before) / results.length);
  assert.ok(each < 40_000, `Each result of ${bytes} bytes of which 1,000 are kept holds ${each} bytes.`);
  for (const { stdout } of results) assert.equal(stdout.totalBytes - stdout.omittedBytes, 1_000);
}
