import type { Command } from '../command.ts';
import type { Driver } from '../driver.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** What a run is made of: everything is checked and complete. */
export interface RunSpec {
  readonly id: string;
  readonly target: string;
  readonly marker: string;
  readonly command: Command;
  readonly options: ResolvedOptions;
  readonly driver: Pick<Driver, 'start' | 'supports'>;
  readonly lifelineMs: number;
  /** Whether it outlives this client: it is let go of where another one would be ended. */
  readonly detached?: boolean;
  /** From which byte on its output is read. */
  readonly from?: Readonly<Record<'stdout' | 'stderr', number>>;
  /** What to wait for before it starts; it rejects with `NotStarted`, or when `signal` aborts. Default: nothing. */
  readonly turn?: (signal: AbortSignal) => Promise<void>;
}
