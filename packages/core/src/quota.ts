import type { ExecResult } from './result.ts';

/** Who wants to run something. */
export interface AdmissionRequest {
  readonly tenant?: string | undefined;
  readonly executionId: string;
  readonly target: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a command used of its quota, as far as this process saw it. */
export interface Usage {
  readonly outcome: ExecResult['outcome'];
  /** Milliseconds from `running` to its end; of a session that holds its turn for life and of a terminal: from opened to closed. */
  readonly wallMs: number;
  /** Bytes of stdout and stderr together, those that were not kept too. Of such a session and of a terminal: 0. */
  readonly outputBytes: number;
  /** Milliseconds of cpu time, only where the target told it (`result.usage.cpuMs`). */
  readonly cpuMs?: number;
}

/** Lets so many run at once, on whatever executors: see `Lease.gates`. */
export interface Gate {
  /** Whether one more may run now. */
  readonly isOpen: boolean;
  /** Calls whenever one more may run that could not before. What is returned ends it. */
  onOpen(call: () => void): () => void;
}

/** A granted share of a quota. Its queue calls each method once at most, and never after `settle`. */
export interface Lease {
  /** While one of them is shut the command waits, and others of the queue pass it. Default: none. */
  readonly gates?: readonly Gate[];
  /**
   * The command has to wait for its turn.
   *
   * @throws ExecError `EXEC_QUOTA` where no more of them may: then it does not, and nothing was started.
   */
  wait?(): void;
  /** The command has its turn. From now on it counts at its gates. */
  run?(): void;
  /**
   * The command is over, and its process gone (`released`). It is called exactly once for each lease. Without `usage` the command
   * certainly did not start, and everything is given back. An outcome that is `unknown` counts as used.
   */
  settle(usage?: Usage): void;
}

/** Limits what a tenant may run: an option of `queued(…)`. `tenantQuota` of `@errand/quota` is one. */
export interface Quota {
  /**
   * Is asked once for each command, when it is submitted and before it waits; a session that holds its turn for life and a terminal
   * count as one command each. Grants a lease or rejects, and then nothing was started. It waits for no turn of anybody's.
   *
   * @throws ExecError `EXEC_QUOTA` with `detail.limit`, `detail.value` and, where waiting helps, `detail.retryAfterMs`.
   */
  admit(request: AdmissionRequest): Promise<Lease>;
}
