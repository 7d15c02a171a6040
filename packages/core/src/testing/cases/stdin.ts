import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Case, Concern, Kit } from '../case.ts';
import { EVERY_BYTE, pattern, sha256 } from '../tools/pattern.ts';
import { poll } from '../tools/poll.ts';
import { refused } from '../tools/refused.ts';
import { watchOutput } from '../tools/watch-output.ts';
import { stdinAhead } from './stdin-ahead.ts';
import { stdinSources } from './stdin-sources.ts';

/** What a command reads. */
export const stdin: Concern = {
  name: 'stdin',
  cases: (supports) => [
    { name: 'without stdin a command reads end-of-file at once', run: none },
    { name: "execution.stdin without stdin: 'pipe' throws EXEC_INVALID_OPTION", run: noPipe },
    ...(supports.stdin
      ? [
          { name: 'text arrives as UTF-8, bytes as they are, and nothing as nothing', run: textAndBytes },
          { name: '8 MiB arrive whole', run: whole },
          { name: 'a Readable arrives whole, however it is cut', run: readable },
          { name: 'a command that never reads its stdin ends as it would', run: neverRead },
          { name: 'a command that reads only the beginning ends as it would', run: partlyRead },
          { name: 'a merged command and a long script have their stdin whole', run: otherWays },
          { name: "stdin: 'pipe' may be written and ended before the command runs", run: writtenEarly },
          ...(supports.stdinAhead ? stdinAhead(supports) : live),
          ...stdinSources(supports),
        ]
      : []),
  ],
};

/** Where a command reads while its stdin is written. */
const live: readonly Case[] = [
  { name: 'a Readable that fails cancels the command, and the reason says so', run: readableFails },
  { name: 'a Readable that is destroyed half-way cancels the command', run: readableDestroyed },
  { name: 'a Readable that nobody reads to its end is let go when the command ends', run: readableLetGo },
  { name: 'a Readable is not read ahead of the command without bound', run: notReadAhead },
  { name: "stdin: 'pipe' is a conversation", run: conversation },
  { name: 'that a command waits for input is told where supports.inputWait, and of none that does not', run: waiting },
  { name: "stdin: 'pipe' that is written after the end does no harm", run: writtenLate },
  { name: "stdin: 'pipe' of what never started may be written to all the same", run: writtenInVain },
];

async function none({ executor }: Kit): Promise<void> {
  const result = await executor.exec('cat; echo end');
  assert.equal(result.stdout.text, 'end\n');
  assert.equal((await executor.exec(['cat'])).exitCode, 0);
}

async function noPipe({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(':');
  assert.throws(() => execution.stdin, { code: 'EXEC_INVALID_OPTION' });
  await execution.result;
}

async function textAndBytes({ executor }: Kit): Promise<void> {
  assert.equal((await executor.exec('cat', { stdin: 'grüße 🙂\n' })).stdout.text, 'grüße 🙂\n');
  assert.deepEqual(Buffer.from((await executor.exec(['cat'], { stdin: EVERY_BYTE })).stdout.bytes), EVERY_BYTE);
  assert.deepEqual(
    Buffer.from((await executor.exec(['cat'], { stdin: new Uint8Array(EVERY_BYTE).subarray(10, 20) })).stdout.bytes),
    EVERY_BYTE.subarray(10, 20),
  );
  assert.equal((await executor.exec('cat; echo end', { stdin: '' })).stdout.text, 'end\n');
  assert.equal((await executor.exec('cat', { stdin: 'pipe' })).stdout.text, 'pipe', "To exec 'pipe' is a text like any other.");
}

function eightMebibytes({ supports }: Kit): Buffer {
  return pattern(131_072).subarray(0, Math.min(8 * 2 ** 20, supports.maxStdinBytes, supports.maxOutputBytes));
}

async function whole(kit: Kit): Promise<void> {
  const data = eightMebibytes(kit);
  const result = await kit.executor.exec(['cat'], { stdin: data, maxOutputBytes: data.length });
  assert.equal(result.stdout.totalBytes, data.length);
  assert.equal(sha256(result.stdout.bytes), sha256(data));
}

async function readable({ executor, supports }: Kit): Promise<void> {
  const data = pattern(4_096).subarray(0, supports.maxStdinBytes);
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0, size = 1; at < data.length; at += size, size = (size * 7 + 3) % 9_973) {
      yield data.subarray(at, at + size);
      if (size % 11 === 0) await delay(1);
    }
  }
  const result = await executor.exec('cat', { stdin: Readable.from(pieces(), { objectMode: false }) });
  assert.equal(sha256(result.stdout.bytes), sha256(data));
  assert.equal((await executor.exec('cat', { stdin: Readable.from(['grüße ', 'und\n']) })).stdout.text, 'grüße und\n');
}

async function neverRead(kit: Kit): Promise<void> {
  const data = eightMebibytes(kit);
  for (const [script, code] of [
    ['exit 0', 0],
    ['exec 0<&-; sleep 0.2; exit 5', 5],
    ['sleep 0.2; echo done', 0],
  ] as const) {
    const result = await kit.executor.exec(script, { stdin: data });
    assert.equal(result.outcome, 'exited', `${script}: ${result.outcome} ${result.reason ?? ''}`);
    assert.equal(result.exitCode, code);
    assert.equal(result.stderr.text, '');
  }
}

async function partlyRead(kit: Kit): Promise<void> {
  const result = await kit.executor.exec('dd bs=64 count=1 2>/dev/null', { stdin: eightMebibytes(kit) });
  assert.equal(result.outcome, 'exited');
  assert.deepEqual(Buffer.from(result.stdout.bytes), pattern(1));
}

async function readableFails({ executor }: Kit): Promise<void> {
  async function* failing(): AsyncGenerator<string> {
    yield 'first\n';
    await delay(100);
    throw new Error('the disk is gone');
  }
  const result = await executor.exec('cat; sleep 60', { stdin: Readable.from(failing()), killGraceMs: 500 });
  assert.equal(result.outcome, 'cancelled');
  assert.match(result.reason ?? '', /stdin/);
  assert.match(result.reason ?? '', /the disk is gone/);
}

async function readableDestroyed({ executor }: Kit): Promise<void> {
  const source = new Readable({ read: () => undefined });
  source.push('first\n');
  const watch = watchOutput();
  const execution = executor.spawn('cat; sleep 60', { stdin: source, killGraceMs: 500, onOutput: watch.onOutput });
  assert.equal(await watch.line(execution), 'first');
  source.destroy();
  assert.equal((await execution.result).outcome, 'cancelled');
}

/** A source without end, which counts what was taken from it. */
function endless(): Readable & { taken: number } {
  const piece = Buffer.alloc(65_536);
  const source = new Readable({
    read() {
      counted.taken += piece.length;
      setImmediate(() => this.push(piece));
    },
  });
  const counted = Object.assign(source, { taken: 0 });
  return counted;
}

async function readableLetGo({ executor }: Kit): Promise<void> {
  const source = endless();
  const result = await executor.exec('dd bs=64 count=1 2>/dev/null', { stdin: source });
  assert.equal(result.outcome, 'exited');
  await poll('The source should have been destroyed', 2_000, () => source.destroyed);
}

async function notReadAhead({ executor, aheadBytes }: Kit): Promise<void> {
  const source = endless();
  const result = await executor.exec('sleep 0.6; exit 4', { stdin: source });
  assert.equal(result.exitCode, 4);
  assert.ok(source.taken < aheadBytes, `${source.taken} bytes were read for a command that reads nothing.`);
}

async function otherWays({ executor }: Kit): Promise<void> {
  const data = pattern(1_024);
  const long = `: ${'x'.repeat(140_000)}\ncat`;
  for (const [command, options] of [
    ['cat', { stderr: 'stdout' }],
    [['cat'], { stderr: 'stdout' }],
    [long, {}],
  ] as const) {
    const result = await executor.exec(command, { ...options, stdin: data });
    assert.equal(sha256(result.stdout.bytes), sha256(data));
  }
}

async function conversation({ executor }: Kit): Promise<void> {
  const watch = watchOutput();
  const script = 'while read -r line; do echo "got $line"; done; echo end';
  const execution = executor.spawn(script, { stdin: 'pipe', onOutput: watch.onOutput });
  for (let n = 1; n <= 5; n++) {
    execution.stdin.write(`line ${n}\n`);
    assert.equal(await watch.line(execution, n), `got line ${n}`);
  }
  execution.stdin.end();
  const result = await execution.result;
  assert.equal(result.exitCode, 0);
  assert.ok(result.stdout.text.endsWith('got line 5\nend\n'));
}

/** The one who reads is a child; what follows waits as well, but for something else, with the same stdin. */
async function waiting({ executor, supports }: Kit): Promise<void> {
  const watch = watchOutput();
  const script = '(read -r line; echo "got $line"); line=$(sleep 1)';
  await using execution = executor.spawn(script, { stdin: 'pipe', onOutput: watch.onOutput });
  const waits = (): Promise<boolean> => execution.waitsForInput();
  if (supports.inputWait) await poll('it reads an open stdin and waits for input', 5_000, waits);
  execution.stdin.write('it\n');
  assert.equal(await watch.line(execution), 'got it');
  assert.equal(await waits(), false, 'It got its input and reads no more, so it does not wait for any.');
  await execution.result;
  assert.equal(await waits(), false, 'What has ended waits for nothing.');
}

async function writtenEarly({ executor }: Kit): Promise<void> {
  const execution = executor.spawn('cat', { stdin: 'pipe' });
  execution.stdin.end('early\n');
  assert.equal((await execution.result).stdout.text, 'early\n');
}

async function writtenLate({ executor }: Kit): Promise<void> {
  const execution = executor.spawn('exit 3', { stdin: 'pipe' });
  execution.stdin.write(Buffer.alloc(2 ** 20));
  assert.equal((await execution.result).exitCode, 3);
  execution.stdin.write('late');
  execution.stdin.end();
  await delay(50);
}

async function writtenInVain({ executor }: Kit): Promise<void> {
  for (const [command, code, options] of [
    [':', 'EXEC_INVALID_OPTION', { timeoutMs: -1 }],
    [['errand-no-such-program'], 'EXEC_NOT_FOUND', {}],
    [':', 'EXEC_NOT_FOUND', { cwd: '/errand-no-such-directory' }],
  ] as const) {
    const errors: unknown[] = [];
    const execution = executor.spawn(command, { stdin: 'pipe', ...options });
    const target = execution.stdin.on('error', (error) => errors.push(error));
    target.write('early');
    await refused(execution.result, code);
    target.write('late');
    target.end('later');
    execution.stdin.end('last');
    await delay(20);
    assert.deepEqual(errors, [], 'The fault is told twice: by result, and by stdin.');
  }
}
