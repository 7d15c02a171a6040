import {
  type ByteChannel,
  type Driver,
  type DriverProcess,
  type DriverPty,
  type DriverSupports,
  isExecError,
  NotStarted,
  type ProcessExit,
  type ProcessRequest,
  type PtyRequest,
} from '@errand/core';
import { notSupported } from '@errand/core/checks';
import { toShell } from '@errand/core/container';
import { SharedLook } from '@errand/core/waiting';
import type { ContainerSource } from './container/container-source.ts';
import { NOBODY } from './container/hardening.ts';
import { lookInside } from './container/look-inside.ts';
import { ofAccount } from './container/of-account.ts';
import type { ExecRequest, ExecState, MadeExec } from './daemon-answers.ts';
import { DaemonRefusal } from './daemon-refusal.ts';
import type { DockerClient } from './docker-client.ts';
import { daemonFault, noAccount, unknownAccount } from './docker-errors.ts';
import { checkUser } from './docker-options.ts';
import { toExecChannel, type WatchedChannel } from './exec/exec-channel.ts';
import { terminalCommand, toTerminal } from './exec/exec-terminal.ts';
import { LineAhead } from './exec/line-ahead.ts';
import { shellAccount } from './exec/shell-account.ts';

const SHELL = '/bin/sh';
/** The supervisor of a container in which nothing runs ends after this. */
const IDLE_MS = 60_000;
const ANSWER_MS = 10_000;
/** For a daemon to start a process: one that is busy takes its time. */
const START_MS = 30_000;
/** 128 + SIGKILL. */
const KILLED = 137;

/** Lines and shells in one container; core does the rest. */
export class DockerDriver implements Driver {
  readonly supports: DriverSupports;
  readonly idleMs: number = IDLE_MS;
  readonly #client: DockerClient;
  readonly #container: ContainerSource;
  readonly #isShared: boolean;
  #ahead: LineAhead | undefined;
  /** Whether its commands are root's, as far as it was looked at. */
  #isRoot = false;
  #looked: { readonly container: string; readonly look: SharedLook<string | undefined> } | undefined;

  /** A client that is shared stays open at `close()`. */
  constructor(
    client: DockerClient,
    container: ContainerSource,
    supports: DriverSupports,
    { isShared = false }: { isShared?: boolean } = {},
  ) {
    this.#isShared = isShared;
    this.#client = client;
    this.#container = container;
    this.supports = supports;
  }

  /** Opens this line for the next command, or lets go of what was opened: until it is fed it does nothing. */
  openAhead(line: string | undefined): void {
    const previous = this.#ahead;
    this.#ahead = line === undefined ? undefined : new LineAhead(line, this.#open(toLine(line), new AbortController().signal, false));
    previous?.letGo();
  }

  async start({ line = '', limits }: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    if (this.#isRoot && limits.processes !== undefined)
      throw new NotStarted(
        notSupported('limits.processes', "the kernel does not hold root to it; the target's own limits hold for root too"),
      );
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const { stdin, stdout, stderr, exit, delivered, look } =
      (await ahead?.take(line, signal)) ??
      (await this.#open(toLine(line), signal).catch((fault: unknown) => {
        throw new NotStarted(daemonFault(fault));
      }));
    return { stdin, stdout, stderr, exit, delivered, look };
  }

  async openShell(signal: AbortSignal): Promise<ByteChannel> {
    const own = await this.#told(signal, async () => this.#container.mainShell?.(await this.#container.ready(signal)));
    const channel = own ?? (await this.#openOtherShell(signal));
    const { user } = this.#container;
    if (user !== undefined && user !== NOBODY) await this.#lookAtAccount(channel, user, signal);
    return channel;
  }

  async #openOtherShell(signal: AbortSignal): Promise<ByteChannel> {
    return toShell(await this.#open({ command: [SHELL] }, signal, false));
  }

  async openPty({ line, columns, rows, term }: PtyRequest, signal: AbortSignal): Promise<DriverPty> {
    const command = terminalCommand(line);
    const channel = await this.#open({ command, terminal: { columns, rows, term } }, signal);
    const { exec, container } = channel;
    return toTerminal({ client: this.#client, exec, channel, run: (words) => this.#run(container, words) }, { columns, rows }, signal);
  }

  /** In the same container, which stays open when that is closed. */
  asAccount(user: string): DockerDriver {
    checkUser('user', user);
    return new DockerDriver(this.#client, ofAccount(this.#container, user), this.supports, { isShared: true });
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.#told(signal, async () => {
      await this.#client.ping(signal);
      await this.#container.check(signal);
    });
  }

  async close(): Promise<void> {
    this.openAhead(undefined);
    await this.#container.close();
    if (!this.#isShared) this.#client.close();
  }

  async #lookAtAccount(channel: ByteChannel, user: string, signal: AbortSignal): Promise<void> {
    try {
      this.#isRoot = (await shellAccount(channel, user, signal)) === 0;
    } catch (fault) {
      channel.destroy();
      throw fault;
    }
  }

  /** A line does nothing by itself: until it is fed, nothing was started, whatever became of it. So it may be asked for again. */
  async #open(
    request: ExecRequest,
    signal: AbortSignal,
    isWatched = true,
  ): Promise<WatchedChannel & { exec: MadeExec; container: string }> {
    return this.#told(signal, async () => {
      const container = await this.#container.ready(signal);
      try {
        return await this.#openIn(container, request, signal, isWatched);
      } catch (fault) {
        if (!isGone(fault) || !this.#container.lost(container)) throw fault;
        return this.#openIn(await this.#container.ready(signal), request, signal, isWatched);
      }
    });
  }

  async #openIn(
    container: string,
    request: ExecRequest,
    signal: AbortSignal,
    isWatched: boolean,
  ): Promise<WatchedChannel & { exec: MadeExec; container: string }> {
    const client = this.#client;
    const { user } = this.#container;
    const beganAt = performance.now();
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
    const exec = await client.makeExec(container, { ...request, ...(user !== undefined && { user }) }, bounded);
    const streams = await client.startExec(exec, bounded);
    const judge = (exitCode: number): Promise<ProcessExit> => this.#judge(exitCode, container, beganAt);
    const inspect = (asked: AbortSignal): Promise<ExecState> => client.inspectExec(exec, asked);
    return { ...toExecChannel({ streams, inspect, isWatched, judge }), exec, container };
  }

  /** All of a container's processes end like that when it does; and one of them where it has used too much memory. */
  async #judge(exitCode: number, container: string, beganAt: number): Promise<ProcessExit> {
    if (exitCode !== KILLED) return { exitCode };
    const inside = await this.#lookInto(container);
    if (inside === undefined) return { cause: 'removed' };
    return { exitCode, ...(this.#container.ranOutOfMemory(container, inside, beganAt) && { outOfMemory: true }) };
  }

  #lookInto(container: string): Promise<string | undefined> {
    if (this.#looked?.container !== container) {
      const look = new SharedLook(() => lookInside(this.#client, container, this.#container.user));
      this.#looked = { container, look };
    }
    return this.#looked.look.look();
  }

  async #run(container: string, command: readonly string[]): Promise<void> {
    const channel = await this.#openIn(container, { command }, AbortSignal.timeout(ANSWER_MS), true);
    channel.stdout.resume();
    channel.stderr.resume();
    channel.stdin.end();
    await channel.exit;
  }

  async #told<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (fault) {
      if (isExecError(fault) || signal.aborted) throw fault;
      const { user } = this.#container;
      // A daemon of today says so at once, one of 2020 in the place of a shell's output.
      throw user !== undefined && fault instanceof DaemonRefusal && unknownAccount(fault.message)
        ? noAccount(user, fault.message, fault)
        : daemonFault(fault);
    }
  }
}

function toLine(line: string): ExecRequest {
  return { command: [SHELL, '-c', line] };
}

/** The container is not there, or does not run: of one that it is removing a daemon says so with a status for faults of its own. */
function isGone(fault: unknown): boolean {
  return fault instanceof DaemonRefusal && (fault.status === 404 || fault.status === 409 || / is not running\b/.test(fault.message));
}
