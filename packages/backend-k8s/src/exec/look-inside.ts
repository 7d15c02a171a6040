import { text } from 'node:stream/consumers';
import { orAborted } from '@errand/core/waiting';
import type { ExecPlace } from './exec-channel.ts';
import { ExecSocket } from './exec-socket.ts';

/** For a node that takes the question. */
const ANSWER_MS = 10_000;

/** That it runs, and how often the kernel ended something of it for want of memory: of cgroup version 2, or 1. */
const LOOK = 'echo runs; cat /sys/fs/cgroup/memory.events 2>/dev/null || cat /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null';

/** What a container says of its memory; undefined where it does not run any more, or nobody can ask it. */
export async function lookInside({ api, path, container }: ExecPlace): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const socket = await ExecSocket.open(api, path, container, { command: ['/bin/sh', '-c', LOOK] }, signal);
    socket.stderr.resume();
    socket.stdin.end();
    const answer = await orAborted(text(socket.stdout), signal).finally(() => socket.destroy());
    return answer.startsWith('runs\n') ? answer : undefined;
  } catch {
    return undefined;
  }
}
