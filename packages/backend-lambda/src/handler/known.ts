import type { Ending } from '../protocol/frame.ts';

/** What this sandbox knows of an execution: while `answer` is absent, that it was begun. */
export interface KnownExecution {
  answer?: {
    readonly ending: Ending;
    /** The first of its output. */
    readonly stdout: Uint8Array;
    readonly stderr: Uint8Array;
  };
}

const MOST = 64;

/** The latest executions of this sandbox, so that none is started twice. */
export class KnownExecutions {
  readonly #known: Map<string, KnownExecution>;

  /** With those that were begun before the function crashed. */
  constructor(begun: readonly string[] = []) {
    this.#known = new Map(begun.slice(-MOST).map((id) => [id, {}]));
  }

  get ids(): Iterable<string> {
    return this.#known.keys();
  }

  find(id: string): KnownExecution | undefined {
    return this.#known.get(id);
  }

  /** It certainly did not start: asked again, it may. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  begin(id: string): KnownExecution {
    const execution: KnownExecution = {};
    this.#known.set(id, execution);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    return execution;
  }
}
