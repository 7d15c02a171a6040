import type { EndCause, ExecErrorCode, ExecErrorDetail, Outcome, Signal } from '@errand/core/process';

/** What this half speaks; each frame and each request says it. */
export const PROTOCOL_VERSION = 2;

/**
 * What a function answers, in order: a line of JSON each, numbered from 0. That of output says how many `bytes`, which follow it as they are: a
 * response is paid and bounded by its bytes (2 MB/s beyond the first 6 MB), of which base64 would be a third more. The last one is `ended`.
 */
export type Frame =
  /** The command runs. `repeated`: it was started before by this sandbox, and what follows is what is known of it. */
  | { readonly type: 'started'; readonly repeated?: true }
  | { readonly type: 'stdout' | 'stderr'; readonly data: Uint8Array }
  | { readonly type: 'usage'; readonly cpuMs: number }
  /** Nothing happened for a while, and the function lives. */
  | { readonly type: 'heartbeat' }
  | { readonly type: 'ended'; readonly ending: Ending };

/** How a command ended, or why it certainly did not start. */
export type Ending = Ended | Refused;

export interface Ended {
  readonly outcome: Outcome;
  readonly exitCode?: number;
  readonly signal?: Signal;
  readonly cause?: EndCause;
  readonly reason?: string;
  /** Of a repeated answer: how many bytes at the end of each stream are not known any more. */
  readonly omitted?: { readonly stdout: number; readonly stderr: number };
}

/** The parts of an ExecError. */
export interface Refused {
  readonly refused: { readonly code: ExecErrorCode; readonly message: string; readonly detail: ExecErrorDetail };
}
