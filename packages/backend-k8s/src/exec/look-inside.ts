import { text } from 'node:stream/consumers';
import { MEMORY_LOOK, memoryAnswer } from '@errand/core/container';
import { orAborted } from '@errand/core/waiting';
import type { ExecPlace } from './exec-channel.ts';
import { ExecSocket } from './exec-socket.ts';

/** For a node that takes the question. */
const ANSWER_MS = 10_000;

/** What a container says of its memory; undefined where it does not run any more, or nobody can ask it. */
export async function lookInside({ api, path, container }: ExecPlace): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const socket = await ExecSocket.open(api, path, container, { command: MEMORY_LOOK }, signal);
    socket.stderr.resume();
    socket.stdin.end();
    return memoryAnswer(await orAborted(text(socket.stdout), signal).finally(() => socket.destroy()));
  } catch {
    return undefined;
  }
}
