import { randomBytes } from 'node:crypto';
import { checkCommand } from '../checks/check-command.ts';
import { checkSessionCommandOptions } from '../checks/check-options.ts';
import { readOptions } from '../checks/read-options.ts';
import type { DriverSupports } from '../driver.ts';
import { checkSupported } from '../engine/check-supported.ts';
import { ExecutionHandle } from '../engine/execution-handle.ts';
import { RefusedExecution } from '../engine/refused-execution.ts';
import { type ResolvedOptions, resolveOptions } from '../engine/resolve-options.ts';
import { Run } from '../engine/run.ts';
import { releaseSource } from '../engine/stdin-feed.ts';
import { ExecError, invalidOption } from '../errors.ts';
import type { Execution } from '../execution.ts';
import { refusal } from '../launcher/refusal.ts';
import type { DefaultOptions } from '../options.ts';
import { orAborted } from '../or-aborted.ts';
import type { ExecResult } from '../result.ts';
import type { Session, SessionExecOptions, SessionState } from '../session.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import type { Turn, TurnRequest } from '../turn.ts';
import type { SessionShell } from './session-shell.ts';
import { type InitialState, initialSource, parseSnapshot, SNAPSHOT_SOURCE } from './state-source.ts';

/** An environment is no larger. */
const MAX_STATE_BYTES = 16_777_216;

export interface ShellSessionParts {
  readonly id: string;
  /** The executor's name. */
  readonly target: string;
  readonly shell: SessionShell;
  readonly supports: DriverSupports;
  /** Begins the markers of its executions. */
  readonly executorMarker: string;
  readonly lifelineMs: number;
  /** For its commands. */
  readonly defaults: DefaultOptions;
  /** What each of its commands waits for when it is its turn here; the first one, which begins the session, does not. */
  readonly turn?: Turn;
  /** The executor's, with each command that waits or runs. */
  readonly runs: Set<Run>;
}

/** A session in a shell on the target. */
export class ShellSession implements Session {
  readonly id: string;
  readonly #parts: ShellSessionParts;
  /** Those that wait or run, in order. */
  readonly #runs = new Set<Run>();
  #last: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: ShellSessionParts) {
    this.id = parts.id;
    this.#parts = parts;
  }

  get ended(): Promise<void> {
    return this.#parts.shell.ended;
  }

  get state(): 'ready' | 'busy' | 'closed' {
    if (this.#parts.shell.whyClosed !== undefined) return 'closed';
    return [...this.#runs].some((run) => run.state !== 'ended') ? 'busy' : 'ready';
  }

  get lateOutputBytes(): number {
    return this.#parts.shell.lateOutputBytes;
  }

  exec(command: string, options: SessionExecOptions = {}): Promise<ExecResult> {
    return this.spawn(command, options).result;
  }

  spawn(command: string, options: SessionExecOptions = {}): Execution {
    return this.#begin(command, options, this.#parts.turn);
  }

  async interrupt(): Promise<void> {
    // The one whose turn it is, also where it was sent an instant ago.
    const [first] = this.#runs;
    await first?.end('the session was interrupted', new ExecError('EXEC_CLOSED', 'The session was interrupted.'));
  }

  async snapshot(): Promise<SessionState> {
    const options = { maxOutputBytes: MAX_STATE_BYTES };
    const { outcome, stdout, reason } = await this.#begin(SNAPSHOT_SOURCE, options, this.#parts.turn).result;
    const state = outcome === 'exited' ? parseSnapshot(stdout.bytes) : undefined;
    if (state) return state;
    throw new ExecError('EXEC_UNAVAILABLE', `The session's state could not be read: ${reason ?? 'what it printed is not whole'}.`);
  }

  /** The first command. Rejects with what it refuses. */
  async enter(state: InitialState, shell: string, signal: AbortSignal): Promise<void> {
    const { ok, stdout, reason } = await this.#begin(initialSource(state), { signal }, undefined).result;
    if (ok) return;
    signal.throwIfAborted();
    const [, word] = /refused (\S+)\n/.exec(stdout.text) ?? [];
    if (word === undefined) throw new ExecError('EXEC_UNAVAILABLE', `The session could not be begun: ${reason ?? stdout.text}.`);
    const { cwd, limits } = state;
    throw refusal(word, { command: '', shell, limits, ...(cwd !== undefined && { cwd }) });
  }

  close(): Promise<void> {
    this.#closing ??= keepingNodeAlive(this.#close());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #begin(command: string, givenOptions: SessionExecOptions, turn: Turn | undefined): Execution {
    const { target, shell, supports, executorMarker, lifelineMs, defaults, runs } = this.#parts;
    const suffix = randomBytes(10).toString('hex');
    const id = `${target}-${suffix}`;
    let options: SessionExecOptions = {};
    try {
      options = readOptions(givenOptions);
      if (typeof command !== 'string') throw invalidOption('command', 'is not a string', 'shell source; a session parses each command');
      checkCommand(command);
      checkSessionCommandOptions(options);
      const resolved = resolveOptions(options, defaults, supports.lifeline);
      checkSupported({ ...options, ...(turn && { turn }) }, resolved, supports);
      if (options.signal?.aborted) throw options.signal.reason;
      if (shell.whyClosed !== undefined) throw shell.closedError().error;
      const before = this.#last;
      const run: Run = new Run({
        id,
        target,
        executorMarker,
        command,
        options: this.#plain(resolved),
        driver: { supports, start: (request, signal) => shell.start(request, signal) },
        lifelineMs,
        asked: options,
        among: runs,
        turn: async (request) => {
          const given = turn && this.#wait(turn, request, before);
          given?.catch(() => {});
          await orAborted(this.#orOver(before), request.signal);
          if (shell.whyClosed !== undefined) throw shell.closedError().error;
          await given;
          if (shell.whyClosed !== undefined) throw shell.closedError().error;
        },
      });
      this.#runs.add(run);
      const over = run.result
        .then(
          () => run.gone,
          () => {},
        )
        .then(() => {
          this.#runs.delete(run);
        });
      // One that is given up while it waits is over before those that it waited for.
      this.#last = Promise.all([before, over]).then(() => {});
      return new ExecutionHandle({ run, handles: 0 }, options);
    } catch (fault) {
      releaseSource(options.stdin);
      return new RefusedExecution(id, fault);
    }
  }

  /** Until its turn, or until nobody can have one here. */
  async #wait(turn: Turn, { signal: given, released, ...request }: TurnRequest, after: Promise<void>): Promise<void> {
    const over = new AbortController();
    const { shell } = this.#parts;
    const forget = shell.whenOver(() => over.abort(shell.closedError().error));
    try {
      const asking = turn({ ...request, released, after, signal: AbortSignal.any([given, over.signal]) });
      await orAborted(this.#orOver(asking), given);
    } finally {
      forget();
    }
  }

  /** Settles as `wanted` does, or resolves once nobody can have a turn here. Leaves nothing with the session, which may last. */
  #orOver(wanted: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const forget = this.#parts.shell.whenOver(resolve);
      wanted.finally(forget).then(resolve, reject);
    });
  }

  /** What the session itself was begun with is not each command's. */
  #plain(options: ResolvedOptions): ResolvedOptions {
    return { ...options, cwd: undefined, env: {}, user: undefined, limits: {}, daemons: 'keep' };
  }

  async #close(): Promise<void> {
    const { shell } = this.#parts;
    const error = new ExecError('EXEC_SESSION_CLOSED', 'The session was closed before the command was sent.');
    shell.refuse('close() was called');
    await Promise.all([...this.#runs].reverse().map((run) => run.end('the session was closed', error)));
    await shell.close('close() was called');
  }
}
