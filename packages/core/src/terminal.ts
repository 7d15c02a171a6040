import type { Duplex } from 'node:stream';
import type { Command } from './command.ts';
import type { ExecResult } from './result.ts';

/** How a terminal begins. */
export interface TerminalOptions {
  /** Default: the login shell. */
  readonly command?: Command;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly user?: string;
  /** 1 … 65,535; default 80. */
  readonly columns?: number;
  /** 1 … 65,535; default 24. */
  readonly rows?: number;
  /** Value of TERM; default `xterm-256color`. */
  readonly term?: string;
  readonly signal?: AbortSignal;
}

/** An interactive PTY. */
export interface Terminal extends AsyncDisposable {
  readonly id: string;
  /** Bytes both ways. */
  readonly stream: Duplex;
  readonly result: Promise<ExecResult>;
  resize(columns: number, rows: number): Promise<void>;
  close(): Promise<void>;
}
