import { type Executor, isExecError, type Logger } from '@errand/core';
import { UsageError } from '../usage-error.ts';
import { type Served, type ServedFlags, servedTargets } from './served-targets.ts';
import type { Server } from './server.ts';

/** Options of `mcp` that a server keeps as it was started with them, by what the file calls them. */
const FIXED = { jobTtlMs: 'mcp.jobTtl', maxJobOutputBytes: 'mcp.maxJobOutput' } as const;

export interface ReloadingParts {
  readonly served: Served;
  readonly flags: ServedFlags;
  readonly server: Server;
  readonly logger: Logger;
}

/** Serves what the configuration file says now, where that is right; what runs on targets that it says something else of ends there. */
export class Reloading {
  readonly #parts: ReloadingParts;
  readonly #leaving = new Set<Executor>();
  #served: Served;
  #turn: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(parts: ReloadingParts) {
    this.#parts = parts;
    this.#served = parts.served;
  }

  /** Reads the file again. What is wrong is logged, and changes nothing. Never rejects. */
  reload(): Promise<void> {
    this.#turn = this.#turn.then(() => (this.#isOver ? undefined : this.#reload()));
    return this.#turn;
  }

  /** Closes all executors, those too that were on their way out. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#turn;
    const offered = this.#served.targets.map(({ executor }) => executor);
    await Promise.all([...offered, ...this.#leaving].map((executor) => executor.close()));
  }

  async #reload(): Promise<void> {
    const { flags, server, logger } = this.#parts;
    const before = this.#served;
    const { file } = before;
    if (file === undefined) return;
    let next: Served;
    try {
      next = await servedTargets({ ...flags, config: file }, before);
    } catch (fault) {
      return this.#refuse(file, fault);
    }
    try {
      const { jobTtlMs: _, maxJobOutputBytes: __, ...options } = next.options;
      server.update(next.targets, options);
    } catch (fault) {
      await Promise.all(executorsOf(next, before).map((executor) => executor.close()));
      return this.#refuse(file, fault);
    }
    this.#served = { ...next, http: before.http, options: { ...next.options, ...fixedOf(before) } };
    const settings = settingsThatWait(before, next);
    if (settings.length > 0) logger.warn({ file, settings }, 'Changed settings hold from the next start on');
    const left = executorsOf(before, next);
    logger.info({ file, targets: next.targets.length, closing: left.map(({ name }) => name) }, 'The configuration was read again');
    for (const executor of left) this.#letGo(executor);
  }

  #letGo(executor: Executor): void {
    this.#leaving.add(executor);
    const { server, logger } = this.#parts;
    server
      .released(executor)
      .then(() => executor.close())
      .catch((fault: Error) => logger.warn({ target: executor.name, fault: fault.message }, 'A target was not closed'))
      .finally(() => this.#leaving.delete(executor));
  }

  #refuse(file: string, fault: unknown): void {
    if (!(fault instanceof UsageError || isExecError(fault))) {
      this.#parts.logger.error({ file, faults: [String(fault)] }, 'The configuration could not be read again: nothing has changed');
      return;
    }
    this.#parts.logger.error({ file, faults: fault.message.split('\n') }, 'The configuration was not taken: nothing has changed');
  }
}

/** Of the file's targets those executors of one that another has not. */
function executorsOf(of: Served, but: Served): readonly Executor[] {
  const others = new Set(but.targets.map(({ executor }) => executor));
  return of.targets.map(({ executor }) => executor).filter((executor) => !others.has(executor));
}

function fixedOf({ options: { jobTtlMs, maxJobOutputBytes } }: Served): Pick<Served['options'], keyof typeof FIXED> {
  return { ...(jobTtlMs !== undefined && { jobTtlMs }), ...(maxJobOutputBytes !== undefined && { maxJobOutputBytes }) };
}

function settingsThatWait(before: Served, next: Served): readonly string[] {
  const fixed = Object.entries(FIXED) as [keyof typeof FIXED, string][];
  return [
    ...(JSON.stringify(before.http) === JSON.stringify(next.http) ? [] : ['http']),
    ...fixed.filter(([name]) => before.options[name] !== next.options[name]).map(([, key]) => key),
  ];
}
