import { text } from 'node:stream/consumers';
import { orAborted } from '@errand/core/waiting';
import type { DockerClient } from '../docker-client.ts';

/** For a daemon that takes the question. */
const ANSWER_MS = 10_000;

/** That it runs, and how often the kernel ended something of it for want of memory: of cgroup version 2, or 1. */
const LOOK = 'echo runs; cat /sys/fs/cgroup/memory.events 2>/dev/null || cat /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null';

/** What a container says of its memory; undefined where it does not run any more. */
export async function lookInside(client: DockerClient, container: string, user: string | undefined): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const exec = await client.makeExec(container, { command: ['/bin/sh', '-c', LOOK], ...(user !== undefined && { user }) }, signal);
    const { stdin, stdout, stderr } = await client.startExec(exec, signal);
    stderr.resume();
    stdin.end();
    const answer = await orAborted(text(stdout), signal);
    return answer.startsWith('runs\n') ? answer : undefined;
  } catch {
    return undefined;
  }
}
