import { text } from 'node:stream/consumers';
import { MEMORY_LOOK, memoryAnswer } from '@errand/core/container';
import { orAborted } from '@errand/core/waiting';
import type { DockerClient } from '../docker-client.ts';

/** For a daemon that takes the question. */
const ANSWER_MS = 10_000;

/** What a container says of its memory; undefined where it does not run any more. */
export async function lookInside(client: DockerClient, container: string, user: string | undefined): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const exec = await client.makeExec(container, { command: MEMORY_LOOK, ...(user !== undefined && { user }) }, signal);
    const { stdin, stdout, stderr } = await client.startExec(exec, signal);
    stderr.resume();
    stdin.end();
    return memoryAnswer(await orAborted(text(stdout), signal));
  } catch {
    return undefined;
  }
}
