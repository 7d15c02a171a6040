import type { Run } from './run.ts';

/** A run and how many handles hold it. */
export interface SharedRun {
  readonly run: Run;
  handles: number;
}
