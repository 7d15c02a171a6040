import { type Driver, type DriverProcess, NotStarted } from '../driver.ts';
import type { ResolvedOptions } from '../engine/resolve-options.ts';
import type { RunSpec } from '../engine/run-spec.ts';
import { StartDeadline } from '../engine/start-deadline.ts';
import { notSupported } from '../errors.ts';
import type { SpawnOptions } from '../options.ts';
import type { WarmTarget } from '../shell/warm-target.ts';
import { detachedDriver, KEEP_MS } from './detached-driver.ts';
import type { DetachedExecution } from './detached-execution.ts';
import { DetachedTarget, type Offsets } from './detached-target.ts';

/** How long a target may take to list its detached executions. */
const LIST_MS = 60_000;

export interface DetachedExecutionsParts {
  readonly driver: Driver;
  /** The executor's name. */
  readonly name: string;
  /** Begins the markers of the executor. */
  readonly marker: string;
  readonly idempotencyTtlMs: number;
}

/** What an executor asks of its target's detached executions. */
export class DetachedExecutions {
  readonly #parts: DetachedExecutionsParts;
  #target: DetachedTarget | undefined;

  constructor(parts: DetachedExecutionsParts) {
    this.#parts = parts;
  }

  /**
   * What makes a run a detached one. Its guardian keeps the deadline: whoever follows it then sees the same.
   *
   * @param print What is submitted, as a hash.
   */
  run(name: string, options: ResolvedOptions, asked: SpawnOptions, print: string): Pick<RunSpec, 'options' | 'driver' | 'detached'> {
    const { driver, idempotencyTtlMs } = this.#parts;
    const { idempotencyKey, maxSpoolBytes, keepMs: wanted } = asked;
    const keepMs = idempotencyKey === undefined ? wanted : Math.max(wanted ?? KEEP_MS, idempotencyTtlMs);
    const { warm, target } = this.#reach('detached');
    return {
      driver: detachedDriver({ driver, warm, target, name, print, options, maxSpoolBytes, keepMs }),
      detached: true,
      options: { ...options, timeoutMs: undefined },
    };
  }

  /** @throws ExecError `EXEC_NOT_FOUND` */
  follow(name: string, from: Offsets, deadline: StartDeadline): Promise<DriverProcess> {
    const { target } = this.#reach('attach');
    return deadline.keep((signal) => target.follow(name, from, signal)).catch(unwrapped);
  }

  list(signal: AbortSignal | undefined): Promise<readonly DetachedExecution[]> {
    const { target } = this.#reach('listDetached');
    return new StartDeadline(LIST_MS, signal, this.#parts.driver)
      .keep((aborted) => target.list(aborted, this.#parts.name))
      .catch(unwrapped);
  }

  #reach(option: string): { readonly warm: WarmTarget; readonly target: DetachedTarget } {
    const { warm, supports } = this.#parts.driver;
    if (!supports.detached || !warm) throw notSupported(option, 'this target keeps no detached executions');
    this.#target ??= new DetachedTarget(warm, this.#parts.marker);
    return { warm, target: this.#target };
  }
}

function unwrapped(fault: unknown): never {
  throw fault instanceof NotStarted ? fault.error : fault;
}
