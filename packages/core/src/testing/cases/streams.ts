import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Execution } from '../../execution.ts';
import type { OutputChunk } from '../../output.ts';
import type { Concern, Kit } from '../case.ts';
import { pattern, patternScript, sha256 } from '../tools/pattern.ts';
import { much, printMuch } from '../tools/print-much.ts';
import { readAll } from '../tools/read-all.ts';
import { slowReaders } from './slow-readers.ts';

/** Output as it comes: the iterator, the Readables, and what became of who came late. Memory is with memory. */
export const streams: Concern = {
  name: 'streams',
  cases: (supports) => [
    { name: 'the iterator gives both streams whole, with offsets that leave no gap', run: iterator },
    { name: 'a Readable gives its stream whole', run: readable },
    { name: 'output comes while the command runs, not after', run: live },
    { name: 'access after the end replays what is kept', run: lateAccess },
    { name: 'access half-way replays what came before', run: halfway },
    { name: 'a late Readable gives the head and then EXEC_OUTPUT_OMITTED', run: lateReadableOmitted },
    { name: 'a late iterator goes on behind the gap, and offset shows it', run: lateIteratorOmitted },
    { name: 'a reader that came in time misses nothing, whatever maxOutputBytes is', run: inTime },
    { name: 'many calls of next() at once get successive chunks, and then the end', run: nextAtOnce },
    ...slowReaders(supports),
    { name: 'leaving for await releases the stream and does not kill', run: leaving },
    { name: 'destroying a Readable releases it and does not kill', run: destroying },
    { name: 'state goes from starting to running to ended', run: states },
  ],
};

async function collect(execution: AsyncIterable<OutputChunk>): Promise<OutputChunk[]> {
  const chunks: OutputChunk[] = [];
  for await (const chunk of execution) chunks.push({ ...chunk, data: Buffer.from(chunk.data) });
  return chunks;
}

function bytesOf(chunks: readonly OutputChunk[], stream: OutputChunk['stream']): Buffer {
  return Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map((chunk) => chunk.data));
}

async function iterator({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(`${patternScript(2_000)}; ${patternScript(500)} >&2`);
  const chunks = await collect(execution);
  const next = { stdout: 0, stderr: 0 };
  for (const chunk of chunks) {
    assert.equal(chunk.offset, next[chunk.stream]);
    assert.ok(chunk.data.length > 0);
    next[chunk.stream] += chunk.data.length;
  }
  assert.equal(sha256(bytesOf(chunks, 'stdout')), sha256(pattern(2_000)));
  assert.equal(sha256(bytesOf(chunks, 'stderr')), sha256(pattern(500)));
  assert.equal(sha256((await execution.result).stdout.bytes), sha256(pattern(2_000)));
}

async function readable({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(`${patternScript(2_000)}; ${patternScript(500)} >&2`);
  const [out, err] = await Promise.all([readAll(execution.stdout), readAll(execution.stderr)]);
  assert.equal(sha256(out), sha256(pattern(2_000)));
  assert.equal(sha256(err), sha256(pattern(500)));
  assert.equal(execution.stdout, execution.stdout, 'It is the same stream each time.');
  assert.ok((await execution.result).ok);
}

async function live({ executor }: Kit): Promise<void> {
  const execution = executor.spawn('echo first; sleep 0.5; echo second');
  const states: string[] = [];
  for await (const _chunk of execution) states.push(execution.state);
  assert.equal(states[0], 'running', 'The first line came when all was over.');
  assert.equal(states.length, 2);
}

async function lateAccess({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(`${patternScript(1_000)}; echo err >&2`);
  await execution.result;
  const chunks = await collect(execution);
  assert.equal(sha256(bytesOf(chunks, 'stdout')), sha256(pattern(1_000)));
  assert.equal(bytesOf(chunks, 'stderr').toString(), 'err\n');
  assert.equal(sha256(await readAll(execution.stdout)), sha256(pattern(1_000)));
  assert.equal((await readAll(execution.stderr)).toString(), 'err\n');
  assert.equal(sha256(bytesOf(await collect(execution), 'stdout')), sha256(pattern(1_000)), 'It can be iterated again.');
}

async function halfway({ executor }: Kit): Promise<void> {
  const execution = executor.spawn('echo one; sleep 0.4; echo two');
  await delay(200);
  const [chunks, text] = await Promise.all([collect(execution), readAll(execution.stdout)]);
  assert.equal(bytesOf(chunks, 'stdout').toString(), 'one\ntwo\n');
  assert.equal(text.toString(), 'one\ntwo\n');
}

/** Prints 1 MiB, of which the first and the last 50,000 bytes are kept. A backend may replay a little more than that. */
async function omitting({ executor }: Kit): Promise<Execution> {
  const execution = executor.spawn(patternScript(16_384), { maxOutputBytes: 100_000 });
  assert.equal((await execution.result).stdout.omittedBytes, 2 ** 20 - 100_000);
  return execution;
}

async function lateReadableOmitted(kit: Kit): Promise<void> {
  const execution = await omitting(kit);
  const pieces: Buffer[] = [];
  await assert.rejects(
    async () => {
      for await (const piece of execution.stdout) pieces.push(Buffer.from(piece));
    },
    { code: 'EXEC_OUTPUT_OMITTED' },
  );
  const head = Buffer.concat(pieces);
  assert.ok(head.length >= 50_000, `${head.length} bytes of the head were replayed.`);
  assert.ok(head.equals(pattern(16_384).subarray(0, head.length)));
}

async function lateIteratorOmitted(kit: Kit): Promise<void> {
  const chunks = await collect(await omitting(kit));
  const all = pattern(16_384);
  let end = 0;
  let gaps = 0;
  for (const chunk of chunks) {
    if (chunk.offset !== end) {
      gaps++;
      assert.ok(end >= 50_000 && chunk.offset > end && chunk.offset <= all.length - 50_000, `A gap from ${end} to ${chunk.offset}.`);
    }
    end = chunk.offset + chunk.data.length;
    assert.ok(all.subarray(chunk.offset, end).equals(chunk.data), `What comes at ${chunk.offset} is not what the command wrote there.`);
  }
  assert.equal(gaps, 1);
  assert.equal(end, all.length);
}

async function inTime({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(patternScript(4_000), { maxOutputBytes: 100 });
  const slowly = async (): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const chunk of execution) {
      pieces.push(chunk.data);
      await delay(1);
    }
    return Buffer.concat(pieces);
  };
  const [read, streamed] = await Promise.all([slowly(), readAll(execution.stdout)]);
  assert.equal(sha256(read), sha256(pattern(4_000)));
  assert.equal(sha256(streamed), sha256(pattern(4_000)));
  const { stdout } = await execution.result;
  assert.equal(stdout.totalBytes, 256_000);
  assert.equal(stdout.omittedBytes, 255_900);
}

async function nextAtOnce({ executor }: Kit): Promise<void> {
  const chunks = executor.spawn('echo a; sleep 0.1; echo b >&2; sleep 0.1; echo c')[Symbol.asyncIterator]();
  const given = await Promise.all(Array.from({ length: 5 }, () => chunks.next()));
  const firstDone = given.findIndex(({ done }) => done);
  const read = given.slice(0, firstDone).map(({ value }) => value && Buffer.from(value.data).toString());
  assert.equal(read.join(''), 'a\nb\nc\n');
  assert.ok(
    given.slice(firstDone).every(({ done, value }) => done && value === undefined),
    'There was a chunk after the end.',
  );
  assert.equal((await chunks.next()).done, true);
}

async function leaving(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn(`echo first; sleep 0.2; ${printMuch(kit)}; exit 3`);
  for await (const chunk of execution) {
    assert.equal(chunk.offset, 0);
    break;
  }
  const result = await execution.result;
  assert.equal(result.outcome, 'exited');
  assert.equal(result.exitCode, 3);
  assert.equal(result.stdout.totalBytes, much(kit) + 6);
}

async function destroying(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn(`echo first; sleep 0.2; ${printMuch(kit)}; exit 3`);
  for await (const _piece of execution.stdout) break;
  assert.ok(execution.stdout.destroyed);
  execution.stderr.destroy();
  const result = await execution.result;
  assert.equal(result.exitCode, 3);
  assert.equal(result.stdout.totalBytes, much(kit) + 6);
}

async function states({ executor }: Kit): Promise<void> {
  const execution = executor.spawn('echo on; sleep 0.2');
  assert.ok(['queued', 'starting'].includes(execution.state), execution.state);
  for await (const _chunk of execution) assert.equal(execution.state, 'running');
  await execution.result;
  assert.equal(execution.state, 'ended');
  await execution.released;
}
