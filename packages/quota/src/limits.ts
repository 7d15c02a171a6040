/**
 * What one tenant may do. A limit that is left out does not bind. How many run and wait is counted in this process; rates and windows
 * are counted in the store, for all processes that share it.
 */
export interface TenantLimits {
  /**
   * How many run at once: 0 … 100,000. Those above it wait, and others pass them. 0: none may run, so all are refused. A detached one
   * counts while this process follows it.
   */
  readonly maxRunning?: number;
  /** How many wait for their turns: 0 … 10,000,000. One more is refused. */
  readonly maxQueued?: number;
  /** Commands that are admitted in a minute, which begins with the first of them: 0 … 10,000,000. */
  readonly commandsPerMinute?: number;
  /** The same of an hour. */
  readonly commandsPerHour?: number;
  /** Commands beyond `commandsPerMinute` that are admitted all the same, in an hour: 0 … 10,000,000; default 0. They count in `commandsPerHour`. */
  readonly burst?: number;
  /** Milliseconds of cpu time in a window: 0 … 2^53-1. It counts only where the target tells cpu time (`result.usage.cpuMs`). */
  readonly cpuMs?: number;
  /** Milliseconds that commands ran in a window, those beside each other summed up: 0 … 2^53-1. A detached one: while this process followed it. */
  readonly wallMs?: number;
  /** Bytes of output in a window, those that were not kept too: 0 … 2^53-1. */
  readonly outputBytes?: number;
  /**
   * Milliseconds of the window of `cpuMs`, `wallMs` and `outputBytes`, which begins with the first use: 1 … 2,147,483,647, rounded up to
   * seconds; default 3,600,000. What a command used is known and counts at its end, so one that runs may go beyond a limit; then
   * nothing more is admitted until the window is over.
   */
  readonly windowMs?: number;
}

/** A limit, as its option is called. */
export type LimitName = Exclude<keyof TenantLimits, 'windowMs' | 'burst'>;

/** The limits that what commands used counts against. */
export type WindowLimit = 'cpuMs' | 'wallMs' | 'outputBytes';

export const WINDOW_LIMITS: readonly WindowLimit[] = ['cpuMs', 'wallMs', 'outputBytes'];

const HOUR_MS = 3_600_000;

export function windowMsOf({ windowMs = HOUR_MS }: TenantLimits): number {
  return windowMs;
}
