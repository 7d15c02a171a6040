import type { ByteChannel } from '../driver.ts';
import type { Logger } from '../options.ts';

/** What a supervisor needs. */
export interface SupervisorOptions {
  /** A plain POSIX sh on the target. */
  readonly openShell: (signal: AbortSignal) => Promise<ByteChannel>;
  /** 128 random bits in hexadecimal, with which the marker of every execution begins (`<executorMarker>.<suffix>`). */
  readonly executorMarker: string;
  /** Within how many milliseconds everything is gone once the client fell silent. Counts only with `heartbeatMs`. */
  readonly lifelineMs: number;
  /** Milliseconds between signs of life; at most 3,000. Absent where the target sees a dead client as end of input. */
  readonly heartbeatMs?: number;
  /**
   * Whether commands may run before they are registered, as those of the local driver; default true. At the client's death
   * everything with the executor's marker is ended then, except what `release(key, { left: true })` let go. Where launchers
   * register, false: other supervisors may guard commands of the same executor.
   */
  readonly unregistered?: boolean;
  readonly logger?: Logger;
}
