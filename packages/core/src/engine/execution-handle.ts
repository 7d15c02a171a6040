import type { Readable, Writable } from 'node:stream';
import { signalName } from '../checks/values.ts';
import { ExecError, invalidOption } from '../errors.ts';
import type { Execution, ExecutionState } from '../execution.ts';
import type { SpawnOptions } from '../options.ts';
import type { OutputChunk } from '../output.ts';
import type { ExecResult, Signal } from '../result.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import { OutputIterator } from './output-iterator.ts';
import { OutputReadable } from './output-readable.ts';
import type { HandledRun, SharedRun } from './shared-run.ts';

/**
 * One caller's handle on a run. Submitting under the same idempotency key gives each caller a handle of its own on one
 * run; what a handle's `signal` or disposal does is to let go of the run, which ends with its last handle.
 */
export class ExecutionHandle implements Execution {
  readonly result: Promise<ExecResult>;
  readonly #shared: SharedRun;
  readonly #run: HandledRun;
  #stdout: Readable | undefined;
  #stderr: Readable | undefined;
  #released = false;

  constructor(shared: SharedRun, { signal, check }: Pick<SpawnOptions, 'signal' | 'check'>) {
    this.#shared = shared;
    this.#run = shared.run;
    shared.handles++;
    const result = signal ? this.#untilAborted(signal) : this.#run.result;
    this.result = check ? result.then(checked) : result;
    // The run handles its own.
    if (this.result !== this.#run.result) this.result.catch(() => {});
  }

  get id(): string {
    return this.#run.id;
  }

  get state(): ExecutionState {
    return this.#run.state;
  }

  get released(): Promise<void> {
    return keepingNodeAlive(this.#run.released.then(() => {}));
  }

  get stdin(): Writable {
    if (this.#run.stdin) return this.#run.stdin;
    throw invalidOption('stdin', 'is not open for writing', "spawn(command, { stdin: 'pipe' })");
  }

  get stdout(): Readable {
    this.#stdout ??= new OutputReadable(this.#run.logs.stdout);
    return this.#stdout;
  }

  get stderr(): Readable {
    this.#stderr ??= new OutputReadable(this.#run.logs.stderr);
    return this.#stderr;
  }

  waitsForInput(): Promise<boolean> {
    return this.#run.waitsForInput();
  }

  async kill(signal?: Signal): Promise<void> {
    if (signal !== undefined) signalName('signal', signal);
    await (signal === undefined ? this.#run.kill() : this.#run.signal(signal));
  }

  [Symbol.asyncIterator](): AsyncIterator<OutputChunk, undefined> {
    return new OutputIterator(this.#run.logs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#letGo()) return;
    await this.#run.dispose();
  }

  #untilAborted(signal: AbortSignal): Promise<ExecResult> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        const reason = abortReason(signal.reason);
        if (this.#letGo()) this.#run.cancel(reason, signal.reason);
        else resolve(this.#run.snapshot(`${reason}; the execution goes on for others under its idempotencyKey`));
      };
      this.#run.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** Whether this was the last handle. */
  #letGo(): boolean {
    if (this.#released) return this.#shared.handles === 0;
    this.#released = true;
    return --this.#shared.handles === 0;
  }
}

function checked(result: ExecResult): ExecResult {
  if (result.ok) return result;
  const how = result.reason ?? `exit code ${result.exitCode}`;
  throw new ExecError('EXEC_FAILED', `The command failed (${result.outcome}): ${how}.`, { detail: { result } });
}

/** What the caller gave as a reason of its own; Node's default one says no more than that it was aborted. */
function abortReason(reason: unknown): string {
  const own = reason instanceof Error && reason.name !== 'AbortError' && reason.message !== '';
  return own ? `its signal was aborted: ${reason.message}` : 'its signal was aborted';
}
