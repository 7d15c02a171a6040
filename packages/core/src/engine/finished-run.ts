import type { ExecResult } from '../result.ts';
import type { HandledRun } from './shared-run.ts';

/** A run that is over, for those who submit it again: without its command and stdin, which may be large, or secret. */
export class FinishedRun implements HandledRun {
  readonly id: string;
  readonly state = 'ended';
  readonly logs: HandledRun['logs'];
  readonly stdin: undefined;
  readonly released: Promise<unknown>;
  #result: ExecResult;

  constructor({ id, logs, released }: HandledRun, result: ExecResult) {
    this.id = id;
    this.logs = logs;
    this.released = released;
    this.#result = result;
  }

  get result(): Promise<ExecResult> {
    return Promise.resolve(this.#result);
  }

  get keptBytes(): number {
    return this.logs.stdout.keptBytes + this.logs.stderr.keptBytes;
  }

  /** Lets go of the output: who asks from now on sees all of it as omitted. */
  forgetOutput(): void {
    const { stdout, stderr } = this.logs;
    stdout.forget();
    stderr.forget();
    this.#result = { ...this.#result, stdout: stdout.collect(), stderr: stderr.collect() };
  }

  snapshot(): ExecResult {
    return this.#result;
  }

  cancel(): void {}

  async kill(): Promise<void> {}

  async dispose(): Promise<void> {}

  async signal(): Promise<void> {}

  async waitsForInput(): Promise<boolean> {
    return false;
  }
}
