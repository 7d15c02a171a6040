import { setTimeout as delay } from 'node:timers/promises';
import { type DriverProcess, ExecError, type KillScope, type ProcessExit, type ProcessRequest, type Signal } from '@errand/core';
import { notSupported } from '@errand/core/checks';
import { orAborted } from '@errand/core/waiting';
import { createContainer } from '../container/create-container.ts';
import { NOBODY } from '../container/hardening.ts';
import type { MadeContainerOptions } from '../container/made-container.ts';
import { ownName } from '../container/owner.ts';
import type { ExecState, ImageState } from '../daemon-answers.ts';
import { DaemonRefusal } from '../daemon-refusal.ts';
import type { DockerClient } from '../docker-client.ts';
import { toExecChannel } from '../exec/exec-channel.ts';
import type { HijackedStreams } from '../streams/hijacked-streams.ts';
import { checkPlaces } from './check-places.ts';
import { refuseRequest, startFault } from './plain-faults.ts';
import { plainSpec, workingDirectory } from './plain-spec.ts';

/** For a daemon to answer what nobody gives up. */
const ANSWER_MS = 10_000;
/** Making one may pull its image first. */
const MAKE_MS = 600_000;
/** A daemon that takes longer to start one hangs. */
const BEGIN_MS = 60_000;
/** 128 + SIGKILL. */
const KILLED = 137;

/** What containers of commands without a shell are made of. */
export interface PlainContainerOptions extends MadeContainerOptions {
  /** Variables of a command may stand where whoever asks the daemon can read them. */
  readonly allowsEnv: boolean;
  /** That memory ran out is told. */
  readonly tellsOutOfMemory: boolean;
}

/** A command that is the main process of a container of its own, in which there need be nothing else. */
export class PlainContainer {
  /** Resolves once it is removed. */
  readonly gone: Promise<void>;
  readonly #client: DockerClient;
  readonly #options: PlainContainerOptions;
  readonly #request: ProcessRequest;
  readonly #user: string;
  readonly #over = new AbortController();
  readonly #tellGone: () => void;
  #making: Promise<string> | undefined;
  #ending: Promise<void> | undefined;

  constructor(client: DockerClient, options: PlainContainerOptions, request: ProcessRequest) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#tellGone = resolve;
    this.#client = client;
    this.#options = options;
    this.#request = request;
    this.#user = request.user ?? options.user ?? NOBODY;
  }

  async start(signal: AbortSignal): Promise<DriverProcess> {
    try {
      const { id, streams } = await this.#ready(signal);
      await this.#begin(id);
      return this.#process(id, streams);
    } catch (fault) {
      void this.end();
      throw fault;
    }
  }

  /** Removes it, with all that runs in it. Never rejects. */
  end(): Promise<void> {
    this.#ending ??= this.#end().then(this.#tellGone);
    return this.#ending;
  }

  /** Whatever fails here, nothing ran. */
  async #ready(signal: AbortSignal): Promise<{ readonly id: string; readonly streams: HijackedStreams }> {
    try {
      refuseRequest(this.#request, { user: this.#options.user ?? NOBODY, allowsEnv: this.#options.allowsEnv });
      this.#making = this.#make();
      const id = await orAborted(this.#making, signal);
      const streams = await this.#client.attach(id, { stdin: this.#request.stdin }, signal);
      signal.throwIfAborted();
      return { id, streams };
    } catch (fault) {
      throw startFault(fault, this.#request, this.#user);
    }
  }

  async #make(): Promise<string> {
    const signal = AbortSignal.any([this.#over.signal, AbortSignal.timeout(MAKE_MS)]);
    const { leftOvers, images } = this.#options;
    await leftOvers.sweep(signal);
    const image = await images.ready(signal);
    this.#over.signal.throwIfAborted();
    const cwd = workingDirectory(this.#request.cwd, image);
    const container = await this.#create(cwd, image);
    try {
      const places = { client: this.#client, container, request: this.#request, image, options: this.#options, cwd };
      await checkPlaces(places, AbortSignal.timeout(BEGIN_MS));
      return container;
    } catch (fault) {
      await this.#remove(container);
      throw fault;
    }
  }

  /** Closing waits for this, so that nothing is left of it. */
  #create(cwd: string | undefined, state: ImageState): Promise<string> {
    const { image } = this.#options;
    const name = ownName();
    const spec = { ...plainSpec(this.#request, { name, image, state, options: this.#options, cwd }), name };
    return createContainer(this.#client, spec, AbortSignal.timeout(BEGIN_MS));
  }

  /** A daemon that refuses may have begun all the same. */
  async #begin(id: string): Promise<void> {
    try {
      await this.#client.start(id, AbortSignal.timeout(BEGIN_MS));
    } catch (fault) {
      if (!(fault instanceof DaemonRefusal)) throw fault;
      const { hasStarted } = await this.#client.inspectMain(id, AbortSignal.timeout(ANSWER_MS));
      throw hasStarted ? fault : startFault(fault, this.#request, this.#user);
    }
  }

  #process(id: string, streams: HijackedStreams): DriverProcess {
    const inspect = (signal: AbortSignal): Promise<ExecState> => this.#inspect(id, signal);
    const told = this.#client.whenStopped(id, this.#over.signal);
    told.catch(() => {});
    const judge = (exitCode: number): Promise<ProcessExit> => this.#judge(id, exitCode);
    const { stdin, stdout, stderr, exit, delivered, look } = toExecChannel({ streams, inspect, told, judge, isWatched: true });
    void this.#endAfter(exit, delivered);
    return {
      ...(this.#request.stdin && { stdin }),
      stdout,
      stderr,
      exit,
      delivered,
      look,
      kill: (signal, scope) => this.#kill(id, signal, scope),
      // Nobody saw it end: its container is removed all the same, if need be when the daemon answers again.
      letGo: () => void this.end(),
    };
  }

  async #inspect(id: string, signal: AbortSignal): Promise<ExecState> {
    const state = await this.#client.inspectMain(id, signal);
    if (state.isRemoved && !this.#ending) throw new DaemonRefusal(404, 'it is being removed');
    return state;
  }

  async #judge(id: string, exitCode: number): Promise<ProcessExit> {
    if (exitCode !== KILLED || !this.#options.tellsOutOfMemory) return { exitCode };
    const { outOfMemory } = await this.#client.inspectMain(id, AbortSignal.timeout(ANSWER_MS));
    return { exitCode, ...(outOfMemory && { outOfMemory }) };
  }

  /** A container has one process that can be signalled; with it, by whatever signal, all others end. */
  async #kill(id: string, signal: Signal | 'SIG0', _scope: KillScope): Promise<boolean> {
    if (this.#ending) return false;
    const asked = AbortSignal.timeout(ANSWER_MS);
    try {
      if (signal === 'SIG0') return (await this.#client.inspectMain(id, asked)).isRunning;
      return await this.#client.kill(id, signal, asked);
    } catch (fault) {
      if (!(fault instanceof DaemonRefusal)) throw fault;
      if (fault.status === 404) return false;
      throw /invalid signal/i.test(fault.message) ? notSupported('signal', `the target knows no ${signal}`) : fault;
    }
  }

  async #endAfter(exit: Promise<ProcessExit>, delivered: Promise<void>): Promise<void> {
    await exit.catch(() => {});
    await delivered;
    await this.end();
  }

  async #end(): Promise<void> {
    this.#over.abort(new ExecError('EXEC_CLOSED', 'The command was given up, and did not start.'));
    const made = this.#making?.catch(() => undefined);
    const late = delay(ANSWER_MS, undefined, { ref: false });
    const id = await Promise.race([made, late]);
    if (id !== undefined) await this.#remove(id);
    else void made?.then((container) => (container === undefined ? undefined : this.#remove(container)));
  }

  async #remove(id: string): Promise<void> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    try {
      await this.#client.remove(id, signal);
      await this.#client.whenRemoved(id, signal);
    } catch {
      this.#options.leftOvers.add(id);
    }
  }
}
