import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import type { DriverProcess, ProcessExit, ProcessRequest } from '../driver.ts';
import { NotStarted } from '../driver.ts';
import { ExecError } from '../errors.ts';
import { orAborted } from '../or-aborted.ts';
import { guarded } from '../supervisor/guarded.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { FramedReadable } from './framed-readable.ts';
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
  readonly process: DriverProcess;
  readonly request: ProcessRequest;
  /** See `preamble`. */
  readonly source: string;
  readonly inbox: string;
  readonly supervisor: Supervisor;
  readonly lifelineMs: number;
}

/** Leads one launcher to the command that it becomes, and then stands for that command. */
export class Launch {
  readonly #parts: LaunchParts;
  readonly #stdout: FramedReadable;
  readonly #stderr: FramedReadable;

  constructor(parts: LaunchParts) {
    const { process, request } = parts;
    this.#parts = parts;
    this.#stdout = new FramedReadable(process.stdout, request.nonce);
    this.#stderr = new FramedReadable(process.stderr, request.nonce);
    process.stdin?.on('error', () => {});
  }

  /**
   * Sends the preamble; resolves once the command runs.
   *
   * @throws NotStarted; any other error means that it may have started.
   */
  async begin(signal: AbortSignal): Promise<DriverProcess> {
    const { process, request, source, inbox } = this.#parts;
    if (request.stdin) process.stdin?.write(source);
    else process.stdin?.end(source);
    const answered = new AbortController();
    const either = Promise.race([this.#answer(), this.#silentEnd(answered.signal)]);
    const answer = await orAborted(either, signal).catch(() => 'aborted' as const);
    answered.abort();
    if (answer === 'aborted') throw await this.#giveUp(signal);
    if (answer === undefined) throw await this.#explain();
    const [word, ...rest] = answer;
    if (word === 'started') return this.#running(rest);
    this.#destroy();
    throw refused(rest[0] ?? '', request, inbox);
  }

  /** The launcher's frame, once stderr began as well where it started; undefined when the streams ended without. */
  async #answer(): Promise<readonly string[] | undefined> {
    const answer = await this.#stdout.frame;
    if (answer?.[0] !== 'started') return answer;
    return (await this.#stderr.frame) && answer;
  }

  /** Settles when the launcher is gone, and time enough has passed for frames to arrive; sooner once nobody asks any more. */
  async #silentEnd(answered: AbortSignal): Promise<undefined> {
    await settled(this.#parts.process.exit);
    await settled(delay(LATE_MS, undefined, { ref: false, signal: answered }));
  }

  #running([pid, startTime = '0']: readonly string[]): DriverProcess {
    const { process, request, supervisor } = this.#parts;
    const { marker: key, deadlineMs, killGraceMs } = request;
    const registration = { key, pid: Number(pid), startTime, killGraceMs, ...(deadlineMs !== undefined && { deadlineMs }) };
    supervisor.adopt(registration);
    const command: DriverProcess = {
      ...(request.stdin && process.stdin && { stdin: process.stdin }),
      stdout: this.#stdout,
      stderr: this.#stderr,
      exit: process.exit.then((exit) => this.#withCause(exit)),
      kill: (signal, scope) => supervisor.signal(key, signal, scope),
    };
    process.exit.catch(() => this.#lost());
    return guarded(command, { supervisor, key });
  }

  async #withCause(exit: ProcessExit): Promise<ProcessExit> {
    if (exit.signal === undefined && (exit.exitCode ?? 0) <= 128) return exit;
    // The supervisor says it before it kills, but on another channel.
    await immediate();
    await immediate();
    return this.#parts.supervisor.lifelineExpired(this.#parts.request.marker) ? { ...exit, cause: 'lifeline-expired' } : exit;
  }

  /** Why no frame came. Where the launcher is known to be gone and never registered, nothing can have run. */
  async #explain(): Promise<Error> {
    const exit = await this.#exitWithin(LATE_MS);
    const registered = await this.#abandon();
    const noise = this.#stdout.noise;
    this.#destroy();
    if (registered || !exit) return new Error('the connection to the command was lost before it said that it runs');
    const how = exit.signal === undefined ? `with code ${exit.exitCode}` : `by ${exit.signal}`;
    const said = noise === '' ? 'It printed nothing' : `It printed: ${noise}`;
    return new NotStarted(new ExecError('EXEC_UNAVAILABLE', `The target's login shell ended ${how} before it ran anything. ${said}`));
  }

  /** The start is no longer wanted. What already runs is ended; what has not registered is kept from running. */
  async #giveUp({ reason }: AbortSignal): Promise<Error> {
    const registered = await this.#abandon();
    this.#destroy();
    // Until it was gone it could still register.
    if (!registered && (await this.#exitWithin(LATE_MS)) && !(await this.#abandon())) {
      return new NotStarted(new ExecError('EXEC_START_TIMEOUT', 'The start was given up, and nothing ran.', { cause: reason }));
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
    this.#parts.process.stdin?.destroy();
    this.#stdout.destroy();
    this.#stderr.destroy();
  }
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
