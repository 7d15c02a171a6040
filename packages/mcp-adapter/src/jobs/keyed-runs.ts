import { hash } from 'node:crypto';
import { ExecError, type Executor } from '@errand/core';
import type { RunView } from '../tools/run-command-result.ts';
import { viewOfResult } from '../tools/run-view.ts';
import type { LiveJob } from './live-job.ts';
import type { Submission } from './submission.ts';

/** As executors remember, unless they are told otherwise. */
const KEPT_MS = 3_600_000;
const MAX_REMEMBERED = 10_000;
/** Output of those that are over; what is beyond is forgotten, the oldest first. */
const MAX_OUTPUT_BYTES = 16_777_216;

const NO_BYTES = new Uint8Array();

/** One that is over, for who sends its call again. */
export interface OverRun {
  readonly view: RunView;
  readonly timeoutMs: number;
}

interface Entry {
  readonly executor: Executor;
  readonly print: string;
  readonly since: number;
  run: LiveJob | OverRun;
}

/**
 * Which commands were started under which idempotency keys, beyond the executors that ran them: where a target was changed, another
 * executor has its name, and knows nothing of those.
 */
export class KeyedRuns {
  readonly #entries = new Map<string, Entry>();
  /** In the order in which they ended. */
  readonly #withOutput = new Set<Entry>();
  #outputBytes = 0;

  /**
   * What was started under the submission's key on an executor that its target had before.
   *
   * @throws ExecError `EXEC_CONFLICT` when that was something else
   */
  find(submission: Submission): LiveJob | OverRun | undefined {
    if (submission.options.idempotencyKey === undefined) return undefined;
    this.#forgetOld();
    const entry = this.#entries.get(nameOf(submission));
    // Its own executor knows better, and for as long as it was told to.
    if (!entry || entry.executor === submission.target.executor) return undefined;
    if (entry.print === printOf(submission)) return entry.run;
    const message = 'idempotencyKey: something else was submitted under this key, before its target was changed. Use a new key.';
    throw new ExecError('EXEC_CONFLICT', message, { detail: { option: 'idempotencyKey' } });
  }

  remember(submission: Submission, job: LiveJob): void {
    if (submission.options.idempotencyKey === undefined) return;
    const name = nameOf(submission);
    this.#forget(name);
    const entry: Entry = { executor: submission.target.executor, print: printOf(submission), since: performance.now(), run: job };
    this.#entries.set(name, entry);
    job.ended.then(
      (result) => {
        entry.run = { view: viewOfResult(result, job), timeoutMs: job.record.timeoutMs };
        if (this.#entries.get(name) === entry) this.#keepOutput(entry);
      },
      // What certainly did not start may be submitted again.
      () => this.#entries.get(name) === entry && this.#forget(name),
    );
  }

  #keepOutput(entry: Entry): void {
    this.#withOutput.add(entry);
    this.#outputBytes += outputBytesOf(entry);
    for (const oldest of this.#withOutput) {
      if (this.#outputBytes <= MAX_OUTPUT_BYTES) return;
      this.#dropOutput(oldest);
    }
  }

  #dropOutput(entry: Entry): void {
    if (!this.#withOutput.delete(entry)) return;
    this.#outputBytes -= outputBytesOf(entry);
    if (!('view' in entry.run)) return;
    const { view, timeoutMs } = entry.run;
    entry.run = { view: { ...view, stdout: withoutBytes(view.stdout), stderr: withoutBytes(view.stderr) }, timeoutMs };
  }

  #forgetOld(): void {
    for (const [name, { since }] of this.#entries) {
      if (this.#entries.size <= MAX_REMEMBERED && performance.now() - since < KEPT_MS) return;
      this.#forget(name);
    }
  }

  #forget(name: string): void {
    const entry = this.#entries.get(name);
    if (entry) this.#dropOutput(entry);
    this.#entries.delete(name);
  }
}

function nameOf({ target, options }: Submission): string {
  return JSON.stringify([target.executor.name, options.idempotencyKey ?? null]);
}

/** What executors compare, as the call has it. A hash, so that no secret is kept. */
function printOf({ command, options }: Submission): string {
  const { cwd, env = {}, user, stdin, tenant } = options;
  const variables = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
  const hasInput = (typeof stdin === 'string' || stdin instanceof Uint8Array) && stdin.length > 0;
  const input = hasInput ? hash('sha256', stdin) : undefined;
  return hash('sha256', JSON.stringify([command, cwd, variables, user, input, tenant]));
}

function outputBytesOf({ run }: Entry): number {
  if (!('view' in run)) return 0;
  return [run.view.stdout, run.view.stderr].reduce((sum, { head, tail }) => sum + head.length + tail.length, 0);
}

function withoutBytes({ totalBytes }: RunView['stdout']): RunView['stdout'] {
  return { totalBytes, omittedBytes: totalBytes, head: NO_BYTES, tail: NO_BYTES };
}
