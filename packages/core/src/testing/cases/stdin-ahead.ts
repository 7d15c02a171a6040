import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { Supports } from '../../supports.ts';
import type { Case, Kit } from '../case.ts';
import { poll } from '../tools/poll.ts';
import { refused, refusedOption, rejection } from '../tools/refused.ts';

/** Where `supports.stdinAhead`: all of stdin is read before the command starts, so its faults are told by rejecting. */
export function stdinAhead({ maxStdinBytes }: Supports): readonly Case[] {
  return [
    { name: 'a Readable that fails half-way starts nothing, and the fault says so', run: failsHalfWay },
    { name: 'aborted while a Readable is read, nothing starts and the Readable is let go', run: abortedMeanwhile },
    { name: "closed while stdin: 'pipe' is open, nothing starts", run: closedMeanwhile },
    { name: "what was written to stdin: 'pipe' may end long after it began", run: writtenSlowly },
    ...(Number.isFinite(maxStdinBytes)
      ? [{ name: 'a Readable of more than supports.maxStdinBytes is refused, and let go', run: tooMuch }]
      : []),
  ];
}

async function failsHalfWay({ executor }: Kit): Promise<void> {
  async function* failing(): AsyncGenerator<string> {
    yield 'first\n';
    throw new Error('the disk is gone');
  }
  const stdin = Readable.from(failing());
  const { message, detail } = await refused(executor.exec('cat', { stdin }), 'EXEC_INVALID_OPTION');
  assert.equal(detail.option, 'stdin');
  assert.match(message, /the disk is gone/);
}

async function abortedMeanwhile({ executor }: Kit): Promise<void> {
  const stdin = new Readable({ read: () => undefined });
  stdin.push('first\n');
  const abort = new AbortController();
  const execution = executor.spawn('cat', { stdin, signal: abort.signal });
  await poll('What there was should have been read', 5_000, () => stdin.readableLength === 0);
  const reason = new Error('changed my mind');
  abort.abort(reason);
  assert.equal(await rejection(execution.result), reason);
  await poll('The source should have been destroyed', 2_000, () => stdin.destroyed);
}

async function closedMeanwhile({ make }: Kit): Promise<void> {
  const executor = await make();
  const execution = executor.spawn('cat', { stdin: 'pipe' });
  execution.stdin.write('first\n');
  await poll('It should wait for its stdin', 5_000, () => execution.state === 'starting');
  await executor.close();
  await refused(execution.result, 'EXEC_CLOSED');
}

async function writtenSlowly({ executor }: Kit): Promise<void> {
  const execution = executor.spawn('cat', { stdin: 'pipe', timeoutMs: 5_000 });
  execution.stdin.write('first\n');
  await executor.exec(':');
  execution.stdin.end('last\n');
  assert.equal((await execution.result).stdout.text, 'first\nlast\n');
}

async function tooMuch({ executor, supports }: Kit): Promise<void> {
  const piece = Buffer.alloc(65_536);
  const stdin: Readable = new Readable({ read: () => setImmediate(() => stdin.push(piece)) });
  await refusedOption(executor.exec('wc -c', { stdin }), 'stdin');
  await poll(`More than ${supports.maxStdinBytes} bytes are read`, 2_000, () => stdin.destroyed);
}
