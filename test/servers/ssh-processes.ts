import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type ProcessEntry, processFile, processTable } from './process-table.ts';

/**
 * What runs for the connections of one sshd, found again after it ended. A connection's sshd makes a session of its own, so there is
 * no group to look at, and it outlives the sshd that listens; a command may outlive both.
 */
export class SshProcesses {
  readonly #port: number;
  /** Start times by pid: who was a descendant once stays one when its parent is gone. */
  readonly #known = new Map<number, string>();

  constructor(port: number) {
    this.#port = port;
  }

  /** Everything that descends from the listener, or did, or was started by a session; without the listener. */
  find(listener: number | undefined): ProcessEntry[] {
    const table = processTable();
    const found = new Map(table.filter((entry) => this.#isKnown(entry) || this.#isOfSession(entry)).map((entry) => [entry.pid, entry]));
    const isNew = ({ pid, parent }: ProcessEntry): boolean => !found.has(pid) && (found.has(parent) || parent === listener);
    for (let more = table.filter(isNew); more.length > 0; more = table.filter(isNew)) for (const entry of more) found.set(entry.pid, entry);
    for (const { pid, startTime } of found.values()) this.#known.set(pid, startTime);
    return [...found.values()];
  }

  #isKnown({ pid, startTime }: ProcessEntry): boolean {
    return this.#known.get(pid) === startTime;
  }

  /** A daemon whose parents are all gone still has the environment of its session, with the server's address and port in it. */
  #isOfSession({ pid }: ProcessEntry): boolean {
    return processFile(pid, 'environ')
      .split('\0')
      .some((entry) => entry.startsWith('SSH_CONNECTION=') && entry.endsWith(` 127.0.0.1 ${this.#port}`));
  }
}

/** Whether a process is sshd itself (`sshd-session` and `sshd-auth` in OpenSSH 9.8 and later), not what it runs. */
export function isSshd({ pid }: ProcessEntry): boolean {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('sshd');
  } catch {
    return false;
  }
}
