import { randomBytes } from 'node:crypto';
import type { Driver } from '../driver.ts';
import { resolveOptions } from '../engine/resolve-options.ts';
import { Run } from '../engine/run.ts';
import { ExecError } from '../errors.ts';
import { orAborted } from '../or-aborted.ts';
import type { ExecResult } from '../result.ts';
import { LOGIN_SCRIPT } from './login-script.ts';
import { readAnswer, type Variables } from './read-answer.ts';

/** An environment is no larger. */
const MAX_ANSWER_BYTES = 16_777_216;
/** Between SIGTERM and SIGKILL for a login shell that does not answer. */
const KILL_GRACE_MS = 1_000;
/** How much is told of what it printed on stderr, in characters. */
const SAID = 200;
const ADVICE = 'See what its start-up files do where nobody can type, or leave loginEnvironment out.';

export interface LoginEnvironmentParts {
  /** Starts the shell that asks. */
  readonly driver: Driver;
  /** The executor's name. */
  readonly name: string;
  readonly executorMarker: string;
  readonly lifelineMs: number;
  /** Milliseconds that the login shell has, to be started and to answer. */
  readonly timeoutMs: number;
}

/**
 * What the account's login shell makes of the environment. It is asked by the first command, as a command, and then known for as long as the
 * executor lives; asked again where it did not answer.
 */
export class LoginEnvironment {
  /** Once known. */
  known: Variables | undefined;
  readonly #parts: LoginEnvironmentParts;
  #asking: { readonly run: Run; readonly answer: Promise<Variables> } | undefined;

  constructor(parts: LoginEnvironmentParts) {
    this.#parts = parts;
  }

  /** Whether it was reached, and did not answer yet. */
  get isSilent(): boolean {
    return this.#asking?.run.state === 'running';
  }

  /** Rejects with an `ExecError`, or the reason of `signal`: then others may wait on. */
  async variables(signal: AbortSignal): Promise<Variables> {
    if (this.known) return this.known;
    signal.throwIfAborted();
    this.#asking ??= this.#ask();
    return orAborted(this.#asking.answer, signal);
  }

  async close(): Promise<void> {
    await this.#asking?.run.end('the executor was closed', new ExecError('EXEC_CLOSED', 'The executor is closed.'));
  }

  #ask(): { readonly run: Run; readonly answer: Promise<Variables> } {
    const { driver, name, timeoutMs, ...parts } = this.#parts;
    const limits = { timeoutMs, startTimeoutMs: timeoutMs, killGraceMs: KILL_GRACE_MS, maxOutputBytes: MAX_ANSWER_BYTES };
    const run = new Run({
      ...parts,
      id: `${name}-${randomBytes(10).toString('hex')}`,
      target: name,
      command: LOGIN_SCRIPT,
      options: resolveOptions(limits, {}, true),
      driver,
      isInternal: true,
    });
    const answer = run.result.then((result) => this.#learn(result));
    const over = (): void => {
      this.#asking = undefined;
    };
    answer.then(over, over);
    return { run, answer };
  }

  #learn(result: ExecResult): Variables {
    const { shell, status, changes } = readAnswer(result.stdout.head);
    if (!result.ok || !changes) throw this.#unanswered(result, shell, status);
    this.known = changes;
    return changes;
  }

  #unanswered({ outcome, reason, stderr }: ExecResult, shell: string, status: string | undefined): ExecError {
    const isLate = outcome === 'timed-out';
    const how = isLate
      ? `within ${this.#parts.timeoutMs} ms`
      : status === undefined
        ? `(${reason ?? outcome})`
        : `and ended with code ${status}`;
    const said = stderr.text.trim().slice(0, SAID);
    const message =
      `The login shell ${shell || 'of the account'} did not tell its environment ${how}, so nothing was started. ` +
      `It printed${said === '' ? ' nothing' : `: ${said}`}. ${ADVICE}`;
    return new ExecError(isLate ? 'EXEC_START_TIMEOUT' : 'EXEC_UNAVAILABLE', message);
  }
}
