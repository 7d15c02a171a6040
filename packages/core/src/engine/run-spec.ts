import type { Command } from '../command.ts';
import type { Driver } from '../driver.ts';
import type { SpawnOptions } from '../options.ts';
import type { Turn } from '../turn.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** What a run is made of: everything is checked and complete. */
export interface RunSpec {
  readonly id: string;
  readonly target: string;
  /** Begins its marker. */
  readonly executorMarker: string;
  readonly command: Command;
  readonly options: ResolvedOptions;
  readonly driver: Pick<Driver, 'start' | 'supports' | 'waitsFor'>;
  readonly lifelineMs: number;
  /** See `ProcessRequest.print`. */
  readonly print?: string;
  /** Whether it outlives this client: it is let go of where another one would be ended. */
  readonly detached?: boolean;
  /** Whether it is Errand's own, so that the diagnostics channel does not tell of it. */
  readonly isInternal?: boolean;
  /** From which byte on its output is read. */
  readonly from?: Readonly<Record<'stdout' | 'stderr', number>>;
  /** What to wait for before it starts. Default: nothing. */
  readonly turn?: Turn;
  /** What `turn` is asked. */
  readonly asked?: Pick<SpawnOptions, 'priority' | 'queueTimeoutMs'>;
  /** Where it is looked up until it is released. */
  readonly among?: Set<unknown>;
}

/** How the target calls an execution. */
export function nameIn(id: string): string {
  return id.slice(id.lastIndexOf('-') + 1);
}
