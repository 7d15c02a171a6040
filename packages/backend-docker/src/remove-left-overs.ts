import { type DaemonOptions, daemonAddress } from './connection/daemon-address.ts';
import { isLeftOver, OWNER_LABEL } from './container/owner.ts';
import { DockerClient } from './docker-client.ts';
import { daemonFault } from './docker-errors.ts';

/** For a daemon to answer each question. */
const ANSWER_MS = 30_000;

/** A container that was left behind. */
export interface DockerLeftOver {
  readonly id: string;
  readonly name: string;
  /** As it was found: created, running, paused, restarting, exited, dead. */
  readonly status: string;
}

/** Where the daemon is, as `dockerExecutor` takes it. */
export type DockerDaemonOptions = DaemonOptions;

/**
 * Removes what executors left on a daemon, and says what: containers of processes of this machine that are dead, and those whose time is over,
 * whoever made them. What belongs to a process that lives, and what Errand did not make, stays. An executor does the same before it makes its
 * first container.
 *
 * @example
 * for (const { name } of await removeDockerLeftOvers({ host: 'unix:///var/run/docker.sock' })) console.log(name);
 *
 * @throws ExecError `EXEC_INVALID_OPTION`, `EXEC_NOT_SUPPORTED`, `EXEC_CONNECT`, `EXEC_UNAVAILABLE` where the daemon refuses
 */
export async function removeDockerLeftOvers(options: DockerDaemonOptions = {}): Promise<readonly DockerLeftOver[]> {
  const client = new DockerClient(daemonAddress(options));
  try {
    const found = await client.labelled(OWNER_LABEL, AbortSignal.timeout(ANSWER_MS));
    const left = found.filter(isLeftOver);
    await Promise.all(left.map(({ id }) => client.remove(id, AbortSignal.timeout(ANSWER_MS))));
    return left.map(({ id, name, status }) => ({ id, name, status }));
  } catch (fault) {
    throw daemonFault(fault);
  } finally {
    client.close();
  }
}
