import type { Execution } from './execution.ts';
import type { CommandOptions } from './options.ts';
import type { ExecResult } from './result.ts';

/** Options of one command in a session. */
export type SessionExecOptions = Pick<
  CommandOptions,
  'stdin' | 'timeoutMs' | 'idleTimeoutMs' | 'killSignal' | 'killGraceMs' | 'maxOutputBytes' | 'labels' | 'signal' | 'check' | 'onOutput'
>;

/** How a session begins. */
export interface SessionOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly shell?: string;
  readonly user?: string;
  readonly tenant?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What `snapshot()` of a session, on this target or on another, gave. */
  readonly restore?: SessionState;
  readonly signal?: AbortSignal;
}

/** What a session carries to another one. */
export interface SessionState {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A shell that keeps its state between commands. One command runs at a time; others wait in order. */
export interface Session extends AsyncDisposable {
  readonly id: string;
  /** `busy` while a command runs or waits. */
  readonly state: 'ready' | 'busy' | 'closed';
  /** Bytes that background jobs wrote after their command had ended; they are in no result. */
  readonly lateOutputBytes: number;
  exec(command: string, options?: SessionExecOptions): Promise<ExecResult>;
  spawn(command: string, options?: SessionExecOptions): Execution;
  /** Ends the running command's tree; the session's state is then as it was before that command. */
  interrupt(): Promise<void>;
  snapshot(): Promise<SessionState>;
  /** Ends the running command and the session's background jobs. */
  close(): Promise<void>;
}
