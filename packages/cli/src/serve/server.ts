import type { Executor } from '@errand/core';
import type { OfferedOptions, Targets } from '@errand/mcp-adapter';

/** Something that serves until `close()`, or until its one client left. */
export interface Server {
  readonly closed: Promise<void>;
  /** Commands may run on for so long. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
  /** Offers other targets and tools from now on. */
  update(executors: Targets, options?: OfferedOptions): void;
  /** Resolves when an executor that is offered no more may be closed. */
  released(executor: Executor): Promise<void>;
}
