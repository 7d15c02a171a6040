import type { Executor } from '../executor.ts';
import type { ExecutorOptions } from '../options.ts';
import type { Supports } from '../supports.ts';

/** How much the kit does: `standard` moves at most 64 MiB at a time, `full` up to 1 GiB, and runs thousands of commands. */
export type KitSize = 'standard' | 'full';

/** What a case gets to work with. Everything made through it is closed when the case ends. */
export interface Kit {
  /** A fresh executor, made without overrides. */
  readonly executor: Executor;
  readonly supports: Supports;
  readonly size: KitSize;
  /** What may be on its way to a command that does not read its stdin, in bytes. */
  readonly aheadBytes: number;
  /** Another fresh executor. */
  make(overrides?: ExecutorOptions): Promise<Executor>;
}

/** One promise in one sentence, and how to see that it is kept. Throws when it is not. */
export interface Case {
  readonly name: string;
  /** How many times longer than the kit's bound it may take; default 1. */
  readonly patience?: number;
  readonly run: (kit: Kit) => Promise<void>;
}

/** The cases of one concern that apply to an executor with such `supports`. */
export interface Concern {
  readonly name: string;
  readonly cases: (supports: Supports, size: KitSize) => readonly Case[];
}
