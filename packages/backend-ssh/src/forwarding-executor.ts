import type { Duplex } from 'node:stream';
import type {
  AttachOptions,
  Command,
  DetachedExecution,
  ExecOptions,
  ExecResult,
  Execution,
  Executor,
  Files,
  Health,
  Session,
  SessionOptions,
  SpawnOptions,
  Supports,
  Terminal,
  TerminalOptions,
} from '@errand/core';
import type { Forward, Forwarder, Forwarding, ForwardOptions, SocketAddress } from './forwarding/forwarding.ts';
import type { SshForwarder } from './forwarding/ssh-forwarder.ts';

/** An executor on a host, which forwards connections too. `queued(executor)` has its commands alone: forward with the one inside. */
export interface SshExecutor extends Executor, Forwarder {}

/** Commands are core's, forwardings ours; to close one is to close both. */
export class ForwardingExecutor implements SshExecutor {
  readonly name: string;
  readonly supports: Supports;
  readonly #commands: Executor;
  readonly #forwarder: SshForwarder;
  readonly #willClose: () => void;

  /** @param willClose Called before what runs is ended. */
  constructor(commands: Executor, forwarder: SshForwarder, willClose: () => void) {
    this.name = commands.name;
    this.supports = commands.supports;
    this.#commands = commands;
    this.#forwarder = forwarder;
    this.#willClose = willClose;
  }

  get files(): Files {
    return this.#commands.files;
  }

  forwardLocal<Listen extends SocketAddress>(forward: Forward<Listen>, options?: ForwardOptions): Promise<Forwarding<Listen>> {
    return this.#forwarder.forwardLocal(forward, options);
  }

  forwardRemote<Listen extends SocketAddress>(forward: Forward<Listen>, options?: ForwardOptions): Promise<Forwarding<Listen>> {
    return this.#forwarder.forwardRemote(forward, options);
  }

  connectTo(to: SocketAddress, options?: Pick<ForwardOptions, 'signal'>): Promise<Duplex> {
    return this.#forwarder.connectTo(to, options);
  }

  exec(command: Command, options?: ExecOptions): Promise<ExecResult> {
    return this.#commands.exec(command, options);
  }

  spawn(command: Command, options?: SpawnOptions): Execution {
    return this.#commands.spawn(command, options);
  }

  openSession(options?: SessionOptions): Promise<Session> {
    return this.#commands.openSession(options);
  }

  openTerminal(options?: TerminalOptions): Promise<Terminal> {
    return this.#commands.openTerminal(options);
  }

  attach(executionId: string, options?: AttachOptions): Promise<Execution> {
    return this.#commands.attach(executionId, options);
  }

  listDetached(options?: { readonly signal?: AbortSignal }): Promise<readonly DetachedExecution[]> {
    return this.#commands.listDetached(options);
  }

  health(options?: { readonly signal?: AbortSignal }): Promise<Health> {
    return this.#commands.health(options);
  }

  async close(): Promise<void> {
    this.#willClose();
    await Promise.all([this.#forwarder.close(), this.#commands.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
