import type { Writable } from 'node:stream';
import type { ExecutionState } from '../execution.ts';
import type { ExecResult, Signal } from '../result.ts';
import type { OutputLog } from './output-log.ts';

/** What a handle needs of the run that it is on; see `Run` and `FinishedRun`. */
export interface HandledRun {
  readonly id: string;
  readonly state: ExecutionState;
  readonly logs: Readonly<Record<'stdout' | 'stderr', OutputLog>>;
  readonly stdin: Writable | undefined;
  readonly result: Promise<ExecResult>;
  readonly released: Promise<unknown>;
  cancel(reason: string, rejection: unknown): void;
  snapshot(reason: string): ExecResult;
  kill(): Promise<void>;
  dispose(): Promise<void>;
  signal(signal: Signal): Promise<void>;
  waitsForInput(): Promise<boolean>;
}

/** A run and how many handles hold it. */
export interface SharedRun<R extends HandledRun = HandledRun> {
  readonly run: R;
  handles: number;
}
