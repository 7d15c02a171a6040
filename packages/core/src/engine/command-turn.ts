import type { SpawnOptions } from '../options.ts';
import type { CancelListener, TurnRequest } from '../turn.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { StartAbort } from './start-abort.ts';

/** Who waits, and what was asked of the queue. */
export interface Waiter extends Pick<TurnRequest, 'executionId' | 'target'> {
  readonly options: Pick<ResolvedOptions, 'tenant' | 'labels'>;
  readonly asked: Pick<SpawnOptions, 'priority' | 'queueTimeoutMs'>;
  readonly run: Pick<TurnRequest, 'released'>;
  readonly abort: StartAbort;
}

/** A command's request for a turn, which costs as little as can be while it waits. */
export class CommandTurn implements TurnRequest {
  readonly executionId: string;
  readonly target: string;
  readonly tenant: string | undefined;
  readonly labels: TurnRequest['labels'];
  readonly priority: TurnRequest['priority'];
  readonly queueTimeoutMs: number | undefined;
  readonly #run: Waiter['run'];
  readonly #abort: StartAbort;

  constructor({ executionId, target, options, asked, run, abort }: Waiter) {
    this.executionId = executionId;
    this.target = target;
    this.tenant = options.tenant;
    this.labels = options.labels;
    this.priority = asked.priority;
    this.queueTimeoutMs = asked.queueTimeoutMs;
    this.#run = run;
    this.#abort = abort;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get released(): TurnRequest['released'] {
    return this.#run.released;
  }

  onCancel(listener: CancelListener): void {
    this.#abort.onAbort(listener);
  }
}
