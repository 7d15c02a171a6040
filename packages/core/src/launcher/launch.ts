import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import type { DriverProcess, ProcessExit, ProcessRequest } from '../driver.ts';
import { NotStarted } from '../driver.ts';
import { ExecError } from '../errors.ts';
import { orAborted } from '../or-aborted.ts';
import { guarded } from '../supervisor/guarded.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { FramedReadable } from './framed-readable.ts';
import { refusal } from './refusal.ts';

/** How long a launcher's frames may come after its exit, and its exit after its streams ended. */
const LATE_MS = 1_000;

/** The launcher found no supervisor to register with, and started nothing. */
export class SupervisorGone extends NotStarted {
  readonly inbox: string;

  constructor(error: ExecError, inbox: string) {
    super(error);
    this.inbox = inbox;
  }
}

/** One launcher that was sent to a target. */
export interface LaunchParts {
  readonly process: Pick<DriverProcess, 'stdin' | 'exit' | 'delivered'>;
  /** Where it answers. */
  readonly stdout: FramedReadable;
  /** Where it says that the command's own stderr begins; none in a terminal, which is one stream. */
  readonly stderr?: FramedReadable;
  /** In a terminal: where its line says that it may be fed. */
  readonly ready?: FramedReadable;
  /** How far the scope `group` of a signal goes; default: the process group. */
  readonly group?: 'group' | 'session';
  readonly request: ProcessRequest;
  /** See `preamble`. */
  readonly source: string;
  readonly inbox: string;
  readonly supervisor: Supervisor;
  readonly lifelineMs: number;
}

/** The command that a launcher became: how it ends, and what ends it. */
export type Launched = Pick<DriverProcess, 'exit' | 'kill' | 'waitsForInput'>;

type Frame = readonly string[] | undefined;

/** Leads one launcher to the command that it becomes. */
export class Launch {
  readonly #parts: LaunchParts;

  constructor(parts: LaunchParts) {
    this.#parts = parts;
    parts.process.stdin?.on('error', () => {});
  }

  /**
   * Sends the preamble; resolves once the command runs.
   *
   * @throws NotStarted; any other error means that it may have started.
   */
  async begin(signal: AbortSignal): Promise<Launched> {
    const { process, request, source, inbox, ready } = this.#parts;
    if (ready) await this.#untilReady(ready, signal);
    if (request.stdin) process.stdin?.write(source);
    else process.stdin?.end(source);
    const answer = await this.#heard(this.#answer(), signal);
    if (answer === 'aborted') throw await this.#giveUp(signal);
    if (answer === undefined) throw await this.#explain();
    const [word, ...rest] = answer;
    if (word === 'started') return this.#running(rest);
    this.#destroy();
    throw refused(rest[0] ?? '', request, inbox);
  }

  /** What is sent too early is shown. Whatever fails here, nothing was sent. */
  async #untilReady(ready: FramedReadable, signal: AbortSignal): Promise<void> {
    const answer = await this.#heard(ready.frame, signal);
    if (answer?.[0] === 'ready') return;
    const noise = said(ready);
    this.#destroy();
    if (answer === 'aborted') throw neverStarted(signal.reason);
    if (answer) throw refused(answer[1] ?? '', this.#parts.request, this.#parts.inbox);
    throw new NotStarted(new ExecError('EXEC_UNAVAILABLE', `The terminal ended before anything was run in it. ${noise}`));
  }

  /** What a frame says; undefined when the launcher ended without. */
  async #heard(frame: Promise<Frame>, signal: AbortSignal): Promise<Frame | 'aborted'> {
    const answered = new AbortController();
    const either = Promise.race([frame, this.#silentEnd(answered.signal)]);
    const answer = await orAborted(either, signal).catch(() => 'aborted' as const);
    // With a reason, for none is made then: an error costs more than what else is done here.
    answered.abort(answer ?? 'none');
    return answer;
  }

  /** The launcher's frame, once stderr began as well where it started; undefined when the streams ended without. */
  async #answer(): Promise<Frame> {
    const { stdout, stderr } = this.#parts;
    const answer = await stdout.frame;
    if (answer?.[0] !== 'started' || !stderr) return answer;
    return (await stderr.frame) && answer;
  }

  /** Settles when the launcher is gone, and time enough has passed for frames to arrive; sooner once nobody asks any more. */
  async #silentEnd(answered: AbortSignal): Promise<undefined> {
    const { exit, delivered } = this.#parts.process;
    await settled(exit);
    await delivered;
    if (!answered.aborted) await pause(LATE_MS, answered);
  }

  #running([pid, startTime = '0']: readonly string[]): Launched {
    const { process, request, supervisor, inbox, group = 'group' } = this.#parts;
    const { marker: key, deadlineMs, killGraceMs } = request;
    const registration = { key, pid: Number(pid), startTime, killGraceMs, ...(deadlineMs !== undefined && { deadlineMs }) };
    supervisor.adopt(registration, inbox);
    const command: Launched = {
      exit: process.exit.then((exit) => this.#withCause(exit)),
      kill: (signal, scope) => supervisor.signal(key, signal, scope === 'group' ? group : scope),
      waitsForInput: () => supervisor.waitsForInput(key),
    };
    process.exit.catch(() => this.#lost());
    return guarded(command, { supervisor, key });
  }

  async #withCause(exit: ProcessExit): Promise<ProcessExit> {
    if (exit.signal === undefined && (exit.exitCode ?? 0) <= 128) return exit;
    // The supervisor says it before it kills, but on another channel.
    await immediate();
    await immediate();
    const { supervisor, request } = this.#parts;
    if (supervisor.lifelineExpired(request.marker)) return { ...exit, cause: 'lifeline-expired' };
    return supervisor.connectionLost(request.marker) ? { ...exit, cause: 'connection-lost' } : exit;
  }

  /** Why no frame came. Where the launcher is known to be gone and never registered, nothing can have run. */
  async #explain(): Promise<Error> {
    const exit = await this.#exitWithin(LATE_MS);
    const registered = await this.#abandon();
    const noise = said(this.#parts.stdout);
    this.#destroy();
    if (registered || !exit) return new Error('the connection to the command was lost before it said that it runs');
    const how = exit.signal === undefined ? `with code ${exit.exitCode}` : `by ${exit.signal}`;
    return new NotStarted(new ExecError('EXEC_UNAVAILABLE', `The target's login shell ended ${how} before it ran anything. ${noise}`));
  }

  /** The start is no longer wanted. What already runs is ended; what has not registered is kept from running. */
  async #giveUp({ reason }: AbortSignal): Promise<Error> {
    const registered = await this.#abandon();
    this.#destroy();
    // Until it was gone it could still register.
    if (!registered && (await this.#exitWithin(LATE_MS)) && !(await this.#abandon())) {
      return neverStarted(reason);
    }
    return new Error('the start was given up, and the target could not say that nothing ran; what ran was ended', { cause: reason });
  }

  /** Whether it registered. When nobody can say, it may have. */
  async #abandon(): Promise<boolean> {
    const { supervisor, request, inbox } = this.#parts;
    try {
      const registered = await supervisor.abandon(request.marker);
      return registered || (await supervisor.ready()) !== inbox;
    } catch {
      return true;
    }
  }

  async #exitWithin(ms: number): Promise<ProcessExit | undefined> {
    const exit = this.#parts.process.exit.catch(() => undefined);
    return Promise.race([exit, delay(ms, undefined, { ref: false })]);
  }

  /** Nobody can see its end any more. The supervisor, where there still is one, ends it within this time. */
  #lost(): void {
    const { supervisor, request, lifelineMs } = this.#parts;
    setTimeout(() => supervisor.release(request.marker), lifelineMs + request.killGraceMs).unref();
  }

  #destroy(): void {
    const { process, stdout, stderr } = this.#parts;
    process.stdin?.destroy();
    stdout.destroy();
    stderr?.destroy();
  }
}

function neverStarted(reason: unknown): NotStarted {
  return new NotStarted(new ExecError('EXEC_START_TIMEOUT', 'The start was given up, and nothing ran.', { cause: reason }));
}

function said({ noise }: FramedReadable): string {
  return noise === '' ? 'It printed nothing' : `It printed: ${noise}`;
}

/** Resolves after this time, or once `over` aborts; without an error, unlike Node's own. */
function pause(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      over.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms).unref();
    over.addEventListener('abort', end);
  });
}

async function settled(promise: Promise<unknown>): Promise<void> {
  await promise.then(
    () => {},
    () => {},
  );
}

/** What a start that sh refused with `word` (see `refusal`) rejects with. */
export function refused(word: string, request: ProcessRequest, inbox: string): NotStarted {
  const error = refusal(word, request);
  return word === 'supervisor' ? new SupervisorGone(error, inbox) : new NotStarted(error);
}
