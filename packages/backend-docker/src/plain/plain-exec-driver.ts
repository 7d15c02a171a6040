import { posix } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Driver,
  type DriverProcess,
  type DriverSupports,
  type Files,
  isExecError,
  NotStarted,
  type ProcessExit,
  type ProcessRequest,
} from '@errand/core';
import { ArchiveFiles } from '../archive/archive-files.ts';
import { ArchiveTree } from '../archive/archive-tree.ts';
import type { ContainerSource } from '../container/container-source.ts';
import type { ContainerState, ExecState, MadeExec } from '../daemon-answers.ts';
import { DaemonRefusal } from '../daemon-refusal.ts';
import type { DockerClient } from '../docker-client.ts';
import { daemonFault } from '../docker-errors.ts';
import { checkUser } from '../docker-options.ts';
import { plainExecSupports } from '../docker-supports.ts';
import { toExecChannel } from '../exec/exec-channel.ts';
import type { HijackedStreams } from '../streams/hijacked-streams.ts';
import { refuseRequest, startFault } from './plain-faults.ts';
import { environment } from './plain-spec.ts';
import { whyNotStarted } from './why-not-started.ts';

const ANSWER_MS = 10_000;
/** A daemon takes some 50 ms to start a process. */
const LOOK_MS = 10;
/** A daemon that takes longer to start one hangs. */
const BEGIN_MS = 60_000;
/** The end of a container may be told so much later than that of what ran in it. */
const CONFIRM_MS = [0, 50, 150, 300];
/** What a daemon tells as the exit code of what it could not start. One that forgets the pid of what has ended is not misread so. */
const NOT_STARTED = [126, 127, 128];
/** 128 + SIGKILL. */
const KILLED = 137;

/** Programs in one container that need nothing in it. What was started, no API ends. */
export class PlainExecDriver implements Driver {
  readonly supports: DriverSupports = plainExecSupports();
  readonly files: Files;
  readonly #client: DockerClient;
  readonly #container: ContainerSource;

  /** @param cwd Where relative paths of files start, itself relative to where commands start. */
  constructor(client: DockerClient, container: ContainerSource, cwd = '') {
    this.#client = client;
    this.#container = container;
    this.files = new ArchiveFiles((signal) => this.#tree(cwd, signal));
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const user = request.user ?? this.#container.user;
    const { container, exec } = await this.#make(request, user, signal).catch((fault: unknown) => {
      throw startFault(fault, request, user ?? '');
    });
    const streams = await this.#client.startExec(exec, AbortSignal.timeout(BEGIN_MS)).catch((fault: unknown) => {
      throw fault instanceof DaemonRefusal ? startFault(fault, request, user ?? '') : fault;
    });
    const state = await this.#begun(exec, streams);
    if (!state.hasStarted && NOT_STARTED.includes(state.exitCode ?? 0)) throw startFault(await whyNotStarted(streams), request, user ?? '');
    return this.#process(container, exec, streams, request);
  }

  async ping(signal: AbortSignal): Promise<void> {
    try {
      await this.#client.ping(signal);
      await this.#container.check(signal);
    } catch (fault) {
      throw isExecError(fault) || signal.aborted ? fault : daemonFault(fault);
    }
  }

  async close(): Promise<void> {
    await this.#container.close();
    this.#client.close();
  }

  async #tree(cwd: string, signal: AbortSignal): Promise<ArchiveTree> {
    try {
      const { container, workingDirectory, inMemory } = await this.#inspected(signal);
      return new ArchiveTree(this.#client, container, { workingDirectory: posix.resolve(workingDirectory, cwd), inMemory });
    } catch (fault) {
      throw isExecError(fault) || signal.aborted ? fault : daemonFault(fault);
    }
  }

  async #inspected(signal: AbortSignal): Promise<ContainerState & { readonly container: string }> {
    const container = await this.#container.ready(signal);
    try {
      return { ...(await this.#client.inspect(container, signal)), container };
    } catch (fault) {
      if (!(fault instanceof DaemonRefusal) || fault.status !== 404 || !this.#container.lost(container)) throw fault;
      const another = await this.#container.ready(signal);
      return { ...(await this.#client.inspect(another, signal)), container: another };
    }
  }

  /** Whatever fails here, nothing was started. */
  async #make(request: ProcessRequest, user: string | undefined, signal: AbortSignal): Promise<{ container: string; exec: MadeExec }> {
    if (request.user !== undefined) checkUser('user', request.user);
    refuseRequest(request, { user: user ?? '', allowsEnv: true });
    const container = await this.#ready(signal);
    try {
      return { container, exec: await this.#makeIn(container, request, user, signal) };
    } catch (fault) {
      const isGone = fault instanceof DaemonRefusal && (fault.status === 404 || fault.status === 409);
      if (!isGone || !this.#container.lost(container)) throw fault;
      const another = await this.#ready(signal);
      return { container: another, exec: await this.#makeIn(another, request, user, signal) };
    }
  }

  /** What is wrong with the container is not wrong with the command. */
  async #ready(signal: AbortSignal): Promise<string> {
    return this.#container.ready(signal).catch((fault: unknown) => {
      throw new NotStarted(daemonFault(fault));
    });
  }

  async #makeIn(container: string, request: ProcessRequest, user: string | undefined, signal: AbortSignal): Promise<MadeExec> {
    const { command, cwd, env, stdin } = request;
    const words = typeof command === 'string' ? [command] : command;
    const directory = cwd === undefined ? undefined : await this.#directory(container, cwd, signal);
    const where = { ...(directory !== undefined && { cwd: directory }), ...(user !== undefined && { user }) };
    const asked = { command: words, env: environment(env), stdin, isLaunched: false, ...where };
    const exec = await this.#client.makeExec(container, asked, signal);
    signal.throwIfAborted();
    return exec;
  }

  async #directory(container: string, cwd: string, signal: AbortSignal): Promise<string> {
    if (cwd.startsWith('/')) return cwd;
    const { workingDirectory } = await this.#client.inspect(container, signal);
    return posix.resolve(workingDirectory, cwd);
  }

  /** A daemon says that it starts one before it does, and tells of a failure as of an exit. */
  async #begun(exec: MadeExec, streams: HijackedStreams): Promise<ExecState> {
    try {
      for (;;) {
        const state = await this.#client.inspectExec(exec, AbortSignal.timeout(ANSWER_MS));
        if (state.hasStarted || (!state.isRunning && state.exitCode !== undefined)) return state;
        await delay(LOOK_MS);
      }
    } catch (fault) {
      streams.destroy();
      throw fault;
    }
  }

  #process(container: string, exec: MadeExec, streams: HijackedStreams, request: ProcessRequest): DriverProcess {
    const inspect = (signal: AbortSignal): Promise<ExecState> => this.#client.inspectExec(exec, signal);
    const judge = (exitCode: number): Promise<ProcessExit> => this.#judge(container, exitCode);
    const { stdin, stdout, stderr, exit, delivered, look, destroy } = toExecChannel({ streams, inspect, judge, isWatched: true });
    const out = Promise.withResolvers<never>();
    const cancel = (): void => {
      out.reject(new Error('without a shell nothing reaches it, and it may go on'));
      destroy();
    };
    return { ...(request.stdin && { stdin }), stdout, stderr, exit: Promise.race([exit, out.promise]), delivered, look, cancel };
  }

  /** All of a container's processes end like that when it does. */
  async #judge(container: string, exitCode: number): Promise<ProcessExit> {
    if (exitCode !== KILLED) return { exitCode };
    for (const pause of CONFIRM_MS) {
      await delay(pause);
      const { status } = await this.#client.inspect(container, AbortSignal.timeout(ANSWER_MS)).catch(() => ({ status: 'gone' }));
      if (status !== 'running') return { cause: 'removed' };
    }
    return { exitCode };
  }
}
