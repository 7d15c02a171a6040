import assert from 'node:assert/strict';
import type { Concern, Kit } from '../case.ts';
import { type ClientModule, startClient } from '../tools/client-process.ts';
import { DAEMON, SLEEP, STUBBORN_DAEMON, WITH_ESCAPE } from '../tools/scripts.ts';
import { gone } from '../tools/target.ts';
import { within } from '../tools/within.ts';

/** The shortest that an executor takes. */
const LIFELINE_MS = 11_000;
const SLACK_MS = 5_000;

/** Promises 3 and 9, as far as they take a client that dies, or that should exit: only where the kit can start one. */
export function clientDeath(client: ClientModule): Concern {
  return {
    name: 'when the client ends',
    cases: (supports) => [
      ...(supports.lifeline
        ? [
            {
              name: 'the commands of a client that was killed are gone within lifelineMs',
              patience: 2,
              run: (kit: Kit) => killed(kit, client),
            },
          ]
        : []),
      { name: 'a client that closed its executor exits by itself', run: () => exits(client) },
    ],
  };
}

async function killed({ executor, supports }: Kit, client: ClientModule): Promise<void> {
  const commands = [`echo $$; exec ${SLEEP}`, `sh -c '${STUBBORN_DAEMON}' & wait`];
  if (supports.containment !== 'group') commands.push(`${WITH_ESCAPE}$ESCAPE sh -c '${DAEMON}' & wait`);
  const process = startClient(client, { lifelineMs: LIFELINE_MS }, 'stay', commands);
  try {
    const pids: string[] = [];
    for await (const line of process.lines) {
      if (pids.push(line) === commands.length) break;
    }
    assert.equal(pids.length, commands.length, 'The client ended before its commands ran.');
    await process.kill();
    const begin = performance.now();
    for (const pid of pids) await gone(executor, pid, Math.max(0, LIFELINE_MS + SLACK_MS - (performance.now() - begin)));
  } finally {
    await process.kill();
  }
}

async function exits(client: ClientModule): Promise<void> {
  const process = startClient(client, {}, 'close', ['echo one', 'sleep 0.2 & echo two']);
  try {
    assert.equal(await within(10_000, process.exit, 'The client should have exited'), 0);
  } finally {
    await process.kill();
  }
}
