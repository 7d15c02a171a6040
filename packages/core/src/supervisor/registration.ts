/** A command that runs. `pid` leads its own process group and session, unless `checkpoint` is there. */
export interface Registration {
  /** The execution's marker. */
  readonly key: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat. Default: what the supervisor sees there when it is told. */
  readonly startTime?: string;
  /** Milliseconds from now until the target ends it, whatever became of the client. */
  readonly deadlineMs?: number;
  /** Milliseconds between the target's SIGTERM and SIGKILL. Counted in whole seconds, at most 5 at the client's death. */
  readonly killGraceMs: number;
  /** For a command in a session, whose shell is `pid`: the pid and start time of its checkpoint, with a slash between. */
  readonly checkpoint?: string;
  /** Whether it is only looked after by request: it has a guardian of its own, and outlives this client. */
  readonly guest?: boolean;
}

/** How a command was let go. */
export interface ReleaseOptions {
  /** Whether it may have left processes that are to stay (a daemon); default false. */
  readonly left?: boolean;
}

/** How the supervisor calls an execution: the marker without what its executor's have in common. */
export function suffix(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}
