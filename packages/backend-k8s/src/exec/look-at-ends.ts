import { text } from 'node:stream/consumers';
import { orAborted } from '@errand/core/waiting';
import type { ExecPlace } from './exec-channel.ts';
import { ExecSocket } from './exec-socket.ts';

/** For a node that takes the question. */
const ANSWER_MS = 5_000;

/** Names of processes, a line each, in builtins of a shell alone; and that all were looked at. */
const NAMES = 'for pid; do read -r name </proc/$pid/comm && echo "$pid $name"; done 2>/dev/null; echo all';

/** What of some wrappers is known: the code of its line, `gone` where it is no more, or undefined while it waits. */
export type WrapperEnd = number | 'gone' | undefined;

/** Asks how wrapped lines ended whose output is held back, and with it the frames that say so. Rejects where nobody answers. */
export async function lookAtEnds({ api, path, container }: ExecPlace, pids: readonly string[]): Promise<ReadonlyMap<string, WrapperEnd>> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  const socket = await ExecSocket.open(api, path, container, { command: ['/bin/sh', '-c', NAMES, 'sh', ...pids] }, signal);
  try {
    socket.stderr.resume();
    socket.stdin.end();
    const lines = (await orAborted(text(socket.stdout), signal)).split('\n');
    if (!lines.includes('all')) throw new Error('the container did not answer');
    const names = new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
    return new Map(pids.map((pid) => [pid, endOf(names.get(pid))]));
  } finally {
    socket.destroy();
  }
}

function endOf(name: string | undefined): WrapperEnd {
  if (name === undefined) return 'gone';
  const code = /^errand-end (\d+)$/.exec(name)?.[1];
  return code === undefined ? undefined : Number(code);
}
