import { setTimeout as delay } from 'node:timers/promises';
import { isExecError } from '@errand/core';
import { DaemonRefusal } from '../daemon-refusal.ts';
import type { ContainerSpec, DockerClient } from '../docker-client.ts';

/** For a daemon to make what it was asked for before its answer was lost. */
const LOOKS = 20;
const LOOK_MS = 100;
const ANSWER_MS = 10_000;

/** Makes a container of this spec, which has a name. Where the answer is lost it removes what may have been made, before it rejects. */
export async function createContainer(
  client: DockerClient,
  spec: ContainerSpec & { readonly name: string },
  signal: AbortSignal,
): Promise<string> {
  try {
    return await client.create(spec, signal);
  } catch (fault) {
    if (!(fault instanceof DaemonRefusal || isExecError(fault))) await removeNamed(client, spec.name).catch(() => {});
    throw fault;
  }
}

/** Rejects where the daemon does not answer this either: then it waits for nobody. */
async function removeNamed(client: DockerClient, name: string): Promise<void> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  for (let look = 0; look < LOOKS; look += 1) {
    const found = await client.inspect(name, signal).catch((fault) => {
      if (fault instanceof DaemonRefusal) return undefined;
      throw fault;
    });
    if (found) return client.remove(found.id, signal);
    await delay(LOOK_MS, undefined, { signal, ref: false });
  }
}
