import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import process from 'node:process';
import { Readable } from 'node:stream';
import type { Executor } from '../../executor.ts';
import type { SpawnOptions } from '../../options.ts';
import type { Supports } from '../../supports.ts';
import type { Case, Kit } from '../case.ts';
import { poll } from '../tools/poll.ts';
import { refused, rejection } from '../tools/refused.ts';

/** Readables that fail, that give what is neither text nor bytes, or that nobody reads. */
export function stdinSources({ stdinAhead }: Supports): readonly Case[] {
  return [
    { name: 'a Readable that fails before the command runs is told, and not waited for', run: failsBefore },
    { name: 'a Readable that gives neither text nor bytes is told', run: neitherTextNorBytes },
    // A source that never ends keeps a command that needs all of it from starting.
    ...(stdinAhead
      ? []
      : [
          { name: 'a Readable is let go when its command did not start', run: letGoUnstarted },
          { name: 'a Readable without a byte is let go when the command ends', run: letGoAtEnd },
          { name: "commands that are given this process's stdin leave no listener on it", run: ownStdin },
        ]),
  ];
}

/** How a fault of the source was told: by what it rejects with, or by the reason why it was cancelled. */
async function told(executor: Executor, stdin: Readable, command = 'cat; sleep 60'): Promise<string> {
  const [settled] = await Promise.allSettled([executor.exec(command, { stdin, killGraceMs: 500 })]);
  if (settled.status === 'rejected') return String(settled.reason);
  assert.equal(settled.value.outcome, 'cancelled');
  return settled.value.reason ?? '';
}

async function failsBefore({ make }: Kit): Promise<void> {
  const destroyed = (): Readable => {
    const source = new Readable({ read: () => undefined });
    process.nextTick(() => source.destroy(new Error('the disk is gone')));
    return source;
  };
  for (const [begin, says] of [
    [() => createReadStream('/errand-no-such-file'), /ENOENT/],
    [destroyed, /the disk is gone/],
  ] as const) {
    const executor = await make();
    assert.match(await told(executor, begin()), says, 'While the executor has run nothing yet.');
    await executor.exec(':');
    assert.match(await told(executor, begin()), says, 'On an executor that ran a command before.');
  }
}

async function neitherTextNorBytes({ executor }: Kit): Promise<void> {
  for (const pieces of [[{ a: 1 }], ['text', 5], [['x']]]) assert.match(await told(executor, Readable.from(pieces), 'cat'), /stdin/);
}

/** A source that has nothing to give, and no end. */
function silent(): Readable {
  return new Readable({ read: () => undefined });
}

async function isLetGo(source: Readable, when: string): Promise<void> {
  await poll(`The source should have been destroyed: ${when}`, 2_000, () => source.destroyed);
}

async function letGoUnstarted({ executor }: Kit): Promise<void> {
  for (const [code, options] of [
    ['EXEC_NOT_FOUND', { cwd: '/errand-no-such-directory' }],
    ['EXEC_INVALID_OPTION', { timeoutMs: -1 }],
  ] as const) {
    const source = silent();
    await refused(executor.exec('cat', { ...options, stdin: source }), code);
    await isLetGo(source, code);
  }
  const source = silent();
  await rejection(executor.exec('cat', { stdin: source, signal: AbortSignal.abort() }));
  await isLetGo(source, 'aborted before');
}

async function letGoAtEnd({ executor }: Kit): Promise<void> {
  for (const command of [':', 'exec 0<&-; exit 4']) {
    const source = silent();
    await executor.exec(command, { stdin: source });
    await isLetGo(source, command);
  }
}

const EVENTS = ['data', 'end', 'error', 'close', 'readable', 'pause', 'resume', 'finish'];

/** Where a runner gives no stdin, or one at its end, commands read that end or are refused; nothing may stay then either. */
async function ownStdin({ executor }: Kit): Promise<void> {
  const { stdin } = process;
  const options: SpawnOptions = { stdin };
  const before = EVENTS.map((event) => stdin.listenerCount(event));
  for (let i = 0; i < 6; i++) await executor.spawn(':', options).result.catch(() => undefined);
  await executor.exec(['errand-no-such-program'], { stdin }).catch(() => undefined);
  const left = EVENTS.filter((event, i) => stdin.listenerCount(event) > (before[i] ?? 0));
  assert.deepEqual(left, [], 'There are more listeners than before.');
}
