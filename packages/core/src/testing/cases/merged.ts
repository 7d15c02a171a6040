import assert from 'node:assert/strict';
import type { OutputChunk } from '../../output.ts';
import type { Concern, Kit } from '../case.ts';

// So many that whoever merges two streams himself sees at least once several lines of one before the other's.
const ALTERNATE = 'i=0; while [ $i -lt 3000 ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); done';
const EXPECTED = Array.from({ length: 3_000 }, (_, i) => `out ${i}\nerr ${i}\n`).join('');

/** Promise 1, with `stderr: 'stdout'`: both streams in one, in the order in which they were written. */
export const merged: Concern = {
  name: "stderr: 'stdout'",
  cases: () => [
    { name: 'a script has both streams in stdout, in the exact order, and stderr empty', run: (kit) => exactOrder(kit, ALTERNATE) },
    { name: 'a program has both streams in stdout, in the exact order', run: (kit) => exactOrder(kit, ['sh', '-c', ALTERNATE]) },
    { name: 'every chunk is of stdout, and offsets count both', run: offsets },
    { name: 'a program that is not found is still refused', run: stillRefused },
  ],
};

async function exactOrder({ executor }: Kit, command: string | readonly string[]): Promise<void> {
  const result = await executor.exec(command, { stderr: 'stdout' });
  assert.ok(result.ok);
  assert.equal(result.stdout.text, EXPECTED);
  assert.equal(result.stderr.totalBytes, 0);
}

async function offsets({ executor }: Kit): Promise<void> {
  const chunks: OutputChunk[] = [];
  await executor.exec(ALTERNATE, { stderr: 'stdout', onOutput: (chunk) => chunks.push(chunk) });
  let next = 0;
  for (const chunk of chunks) {
    assert.equal(chunk.stream, 'stdout');
    assert.equal(chunk.offset, next);
    next += chunk.data.length;
  }
  assert.equal(next, EXPECTED.length);
}

async function stillRefused({ executor }: Kit): Promise<void> {
  await assert.rejects(executor.exec(['errand-no-such-program'], { stderr: 'stdout' }), { code: 'EXEC_NOT_FOUND' });
}
