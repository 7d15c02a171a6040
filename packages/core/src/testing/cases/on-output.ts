import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutputChunk } from '../../output.ts';
import type { Concern, Kit } from '../case.ts';
import { pattern, patternScript, sha256 } from '../tools/pattern.ts';
import { SLEEP } from '../tools/scripts.ts';
import { gone } from '../tools/target.ts';

/** `onOutput` is called with each piece of output as it comes. */
export const onOutput: Concern = {
  name: 'onOutput',
  cases: (supports) => [
    { name: 'it gets every byte, also what is not kept, with exact offsets', run: everyByte },
    { name: 'it gets the output before the result is there', run: beforeResult },
    ...(supports.kill
      ? [
          { name: 'when it throws, the command is cancelled, and the reason says so', run: throwing },
          { name: 'when what it returned rejects, the command is cancelled, and nothing is an unhandledRejection', run: rejecting },
        ]
      : []),
  ],
};

async function everyByte({ executor }: Kit): Promise<void> {
  const chunks: OutputChunk[] = [];
  const script = `${patternScript(3_000)}; ${patternScript(100)} >&2`;
  await executor.exec(script, { maxOutputBytes: 10, onOutput: (chunk) => chunks.push({ ...chunk, data: Buffer.from(chunk.data) }) });
  for (const [stream, rows] of [
    ['stdout', 3_000],
    ['stderr', 100],
  ] as const) {
    const own = chunks.filter((chunk) => chunk.stream === stream);
    let next = 0;
    for (const chunk of own) {
      assert.equal(chunk.offset, next);
      next += chunk.data.length;
    }
    assert.equal(sha256(Buffer.concat(own.map((chunk) => chunk.data))), sha256(pattern(rows)));
  }
}

async function beforeResult({ executor }: Kit): Promise<void> {
  let ended = false;
  let late = false;
  let calls = 0;
  const result = executor.exec('echo a; sleep 0.2; echo b; sleep 0.2; echo c >&2', {
    onOutput: () => {
      calls++;
      late ||= ended;
    },
  });
  await result;
  ended = true;
  await executor.exec('sleep 0.1');
  assert.equal(calls, 3);
  assert.equal(late, false);
}

async function throwing({ executor }: Kit): Promise<void> {
  const result = await executor.exec(`echo $$; ${SLEEP}; echo not this`, {
    killGraceMs: 500,
    onOutput: () => {
      throw new Error('the callback is broken');
    },
  });
  assert.equal(result.outcome, 'cancelled');
  assert.match(result.reason ?? '', /the callback is broken/);
  await gone(executor, result.stdout.text.trim());
}

async function rejecting({ executor }: Kit): Promise<void> {
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listen);
  try {
    const onOutput = async (): Promise<void> => {
      await delay(20);
      throw new Error('the callback is broken');
    };
    const result = await executor.exec(`echo $$; ${SLEEP}; echo not this`, { killGraceMs: 500, onOutput });
    assert.equal(result.outcome, 'cancelled');
    assert.match(result.reason ?? '', /the callback is broken/);
    await gone(executor, result.stdout.text.trim());
    assert.deepEqual(unhandled, []);
  } finally {
    process.off('unhandledRejection', listen);
  }
}
