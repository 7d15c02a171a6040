import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Execution } from '../../execution.ts';
import type { Executor } from '../../executor.ts';
import { localExecutor } from '../../local/local-executor.ts';
import type { SpawnOptions } from '../../options.ts';
import { KEEP_MS } from './detached.ts';
import { poll } from './poll.ts';
import { isAlive } from './processes.ts';

/** A state directory of a test's own, executors that detach into it, and what is seen of them on this machine. */
export class SpoolRig {
  readonly state: string = mkdtempSync(join(tmpdir(), 'errand-spool-'));
  readonly #executors: Executor[] = [];

  /** `path` stands before the PATH of this process. */
  open({ state = this.state, path = '' }: { readonly state?: string; readonly path?: string } = {}): Executor {
    const executor = localExecutor({
      idempotencyTtlMs: KEEP_MS,
      environment: { PATH: `${path}${path && ':'}${process.env['PATH'] ?? ''}`, XDG_STATE_HOME: state },
    });
    this.#executors.push(executor);
    return executor;
  }

  async closeExecutors(): Promise<void> {
    await Promise.all(this.#executors.splice(0).map((executor) => executor.close()));
  }

  /** What a client started that was killed may still be about to make its place there. */
  async remove(): Promise<void> {
    await poll('nobody is there any more', 20_000, () => this.#shells().length === 0);
    rmSync(this.state, { recursive: true, force: true, maxRetries: 10 });
  }

  /** The directory of an execution. */
  spoolOf({ id }: Pick<Execution, 'id'>, state: string = this.state): string {
    return join(state, 'errand', 'spool', id.slice(id.lastIndexOf('-') + 1));
  }

  /** Nothing is kept there, and nothing of it runs. */
  async isEmpty(): Promise<void> {
    await poll('the spool is empty', 12_000, () => readdirSync(join(this.state, 'errand', 'spool')).length === 0);
    await poll('no guardian stays', 4_000, () => this.#shells().length === 0);
  }

  /** Readers of executions: each leads a session; the leader of a guardian's is gone. */
  readers(): number[] {
    return this.#shells().filter((pid) => statOf(pid)[3] === String(pid));
  }

  /** Those that have the variable in their environment, and are no commands. */
  #shells(): number[] {
    return pids().filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
        return environment.includes(`XDG_STATE_HOME=${this.state}\0`) && !environment.includes('ERRAND_EXECUTION=errand.');
      } catch {
        return false;
      }
    });
  }
}

/** Starts a detached command, and waits until it runs. */
export async function running(executor: Executor, script: string, options: SpawnOptions = {}): Promise<Execution> {
  const execution = executor.spawn(script, { detached: true, keepMs: KEEP_MS, ...options });
  await poll('it should run', 10_000, () => execution.state !== 'queued' && execution.state !== 'starting');
  return execution;
}

/** The pid with which a file begins. */
export function pidIn(file: string): number {
  return Number(readFileSync(file, 'latin1').split(' ')[0]);
}

/** The process group of a process; 0 where it is gone. */
export function groupOf(pid: number): number {
  return Number(statOf(pid)[2] ?? 0);
}

export function isEmptyGroup(group: number): boolean {
  return !pids().some((pid) => groupOf(pid) === group && isAlive(pid));
}

/** Of /proc/PID/stat, from the state on. */
function statOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  } catch {
    return [];
  }
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
