import type { Execution, Executor } from '@errand/core';
import type { NamedSession } from '../sessions/named-session.ts';
import { type JobRoot, jobRoot } from './job-root.ts';
import { JobStore } from './job-store.ts';
import type { LiveJob } from './live-job.ts';
import { Retention } from './retention.ts';

export interface JobSpaceOptions {
  readonly stateDirectory: string | undefined;
  readonly jobTtlMs: number;
  readonly maxJobOutputBytes: number;
}

/** Who asks, and where. */
export interface Asking {
  readonly owner: string;
  readonly target: string;
}

/** All that are in use, by the executor that they are for: servers that are made for each request find one another's jobs. */
const spaces = new WeakMap<Executor, Map<string, JobSpace>>();

/** Where the jobs of one executor, and of those that are offered with it, are found: those that run and those that are kept. */
export class JobSpace {
  readonly live: Map<string, LiveJob> = new Map();
  /** Detached ones that are not known to run on their own yet. */
  readonly starting: Map<string, Execution> = new Map();
  /** Short commands that calls ask targets something with before they start their own. */
  readonly asking: Set<Asking> = new Set();
  /** Of all callers, those included that are over and that somebody may still count on. */
  readonly sessions: Map<string, NamedSession> = new Map();
  readonly store: JobStore;
  readonly retention: Retention;
  readonly #root: JobRoot;
  readonly #forget: () => void;
  #users = 0;

  /** @throws ExecError `EXEC_INVALID_OPTION` that names `stateDirectory` */
  static of(executor: Executor, options: JobSpaceOptions): JobSpace {
    const ofExecutor = spaces.get(executor) ?? new Map<string, JobSpace>();
    spaces.set(executor, ofExecutor);
    const key = options.stateDirectory ?? '';
    const space = ofExecutor.get(key) ?? new JobSpace(options, () => ofExecutor.delete(key));
    ofExecutor.set(key, space);
    space.#users += 1;
    return space;
  }

  private constructor({ stateDirectory, jobTtlMs, maxJobOutputBytes }: JobSpaceOptions, forget: () => void) {
    this.#root = jobRoot(stateDirectory);
    this.#forget = forget;
    this.store = new JobStore(this.#root.path);
    this.retention = new Retention({
      store: this.store,
      ttlMs: jobTtlMs,
      maxBytes: maxJobOutputBytes,
      isLive: (id) => this.live.has(id) || this.starting.has(id),
    });
    if (this.#root.lasts) void this.retention.sweep();
  }

  /** One of its users needs it no more; with the last one go what it holds, and files that are not to last. */
  async leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#forget();
    await this.retention.close();
    this.#root.remove();
  }
}
