import { setTimeout as delay } from 'node:timers/promises';
import { type ByteChannel, ExecError } from '@errand/core';
import { OutOfMemoryCount } from '@errand/core/container';
import { orAborted } from '@errand/core/waiting';
import type { ImageState } from '../daemon-answers.ts';
import { DaemonRefusal } from '../daemon-refusal.ts';
import type { ContainerSpec, DockerClient } from '../docker-client.ts';
import { noAccount, noShell, unknownAccount } from '../docker-errors.ts';
import type { ContainerOptions } from '../docker-options.ts';
import type { HijackedStreams } from '../streams/hijacked-streams.ts';
import type { ContainerSource } from './container-source.ts';
import { createContainer } from './create-container.ts';
import { DEFAULT_LIMITS, hardened, KEEPER, NOBODY } from './hardening.ts';
import type { ImageSource } from './image-source.ts';
import type { LeftOvers } from './left-overs.ts';
import { ownLabels, ownName } from './owner.ts';

/** For a daemon to answer what nobody gives up. */
const ANSWER_MS = 10_000;
/** Making one may pull its image first, for a command that gave up meanwhile too. */
const MAKE_MS = 600_000;
/** A daemon that takes longer to start one hangs. */
const BEGIN_MS = 30_000;
/** Ends when its stdin does: a daemon closes that when the connection of whoever holds it is gone. */
const KEEP = ['/bin/sh', '-c', 'read -r line'];

/** What one is made of. */
export interface MadeContainerOptions extends ContainerOptions {
  /** Whether it needs one; default true. */
  readonly shell?: boolean;
  /** What keeps one without a shell alive. */
  readonly keeper?: readonly string[];
  readonly image: string;
  readonly images: ImageSource;
  readonly leftOvers: LeftOvers;
  /** Its main process is a shell for who asks for it, of the same account as commands; default: one of another account, which keeps it alive. */
  readonly hasMainShell?: boolean;
}

interface Made {
  readonly id: string;
  /** While it is open the container runs. */
  readonly hold: { destroy(): void };
  mainShell: ByteChannel | undefined;
  readonly outOfMemory: OutOfMemoryCount;
}

/**
 * A container that is made when it is first needed, and made anew where it is gone. It lives no longer than this process, and its connection
 * to the daemon: whatever ends them, the daemon then removes it.
 */
export class MadeContainer implements ContainerSource {
  readonly user: string;
  readonly #client: DockerClient;
  readonly #options: MadeContainerOptions;
  readonly #closing = new AbortController();
  #making: Promise<Made> | undefined;
  #made: Made | undefined;
  /** It may be going still when it is known not to run. */
  #last: Made | undefined;

  constructor(client: DockerClient, options: MadeContainerOptions) {
    this.#client = client;
    this.#options = options;
    this.user = options.user ?? NOBODY;
  }

  async ready(signal: AbortSignal): Promise<string> {
    this.#closing.signal.throwIfAborted();
    // Whoever gives up leaves it to the next.
    this.#making ??= this.#make().catch((fault) => {
      this.#making = undefined;
      throw fault;
    });
    return (await orAborted(this.#making, signal)).id;
  }

  mainShell(id: string): ByteChannel | undefined {
    if (this.#made?.id !== id) return undefined;
    const { mainShell } = this.#made;
    this.#made.mainShell = undefined;
    return mainShell;
  }

  lost(id: string): boolean {
    // What guards its command went with it.
    if (this.#options.hasMainShell) return false;
    if (this.#made?.id === id) this.#forget(this.#made);
    // One that is paused does not end by itself.
    this.#options.leftOvers.add(id);
    return true;
  }

  ranOutOfMemory(id: string, inside: string, since: number): boolean {
    const made = this.#made;
    const isLimited = (this.#options.limits?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes) !== false;
    return isLimited && made?.id === id && made.outOfMemory.hasGrown(inside, since);
  }

  async check(signal: AbortSignal): Promise<void> {
    if (this.#made) await this.#client.inspect(this.#made.id, signal);
    else await this.#options.images.check(signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new ExecError('EXEC_CLOSED', 'The executor is closed.'));
    const making = this.#making?.catch(() => undefined);
    const made = await Promise.race([making, delay(ANSWER_MS, undefined, { ref: false })]);
    const last = made ?? this.#last;
    if (last) await this.#remove(last);
    // Where each command has one, that is their driver's to do.
    if (!this.#options.hasMainShell) await this.#options.leftOvers.removeOwn(AbortSignal.timeout(ANSWER_MS));
  }

  async #make(): Promise<Made> {
    const closing = this.#closing.signal;
    const signal = AbortSignal.any([closing, AbortSignal.timeout(MAKE_MS)]);
    await this.#options.leftOvers.sweep(signal);
    const image = await this.#options.images.ready(signal);
    closing.throwIfAborted();
    return this.#begin(image, AbortSignal.timeout(BEGIN_MS));
  }

  /** Closing waits for this, so that nothing is left of it. */
  async #begin(image: ImageState, signal: AbortSignal): Promise<Made> {
    const id = await createContainer(this.#client, this.#spec(image), signal);
    try {
      if (this.#options.shell !== false && !(await this.#client.stat(id, '/bin/sh', signal)))
        throw noShell(`the image '${this.#options.image}'`);
      const { hold, closed, mainShell } = await this.#attach(id, signal);
      await this.#client.start(id, signal);
      const made = { id, hold, mainShell, outOfMemory: new OutOfMemoryCount() };
      closed.then(() => this.#forget(made));
      this.#made = made;
      this.#last = made;
      return made;
    } catch (fault) {
      await this.#client.remove(id, AbortSignal.timeout(ANSWER_MS)).catch(() => this.#options.leftOvers.add(id));
      throw fault instanceof DaemonRefusal && unknownAccount(fault.message) ? noAccount(this.user, fault.message, fault) : fault;
    }
  }

  async #attach(id: string, signal: AbortSignal): Promise<Pick<Made, 'hold' | 'mainShell'> & { closed: Promise<unknown> }> {
    if (this.#options.hasMainShell) {
      const hold = await this.#client.attach(id, { stdin: true }, signal);
      return { hold, closed: hold.ended.catch(() => {}), mainShell: toShell(hold) };
    }
    const hold = await this.#client.attachInput(id, signal);
    hold.on('error', () => {}).resume();
    // Node's own `once` would reject at an error.
    const closed = new Promise<void>((resolve) => hold.once('close', () => resolve()));
    return { hold, closed, mainShell: undefined };
  }

  #spec(image: ImageState): ContainerSpec & { readonly name: string } {
    const { hasMainShell = false, keeper = KEEP, capabilities = [] } = this.#options;
    return {
      name: ownName(),
      Image: this.#options.image,
      Entrypoint: hasMainShell ? ['/bin/sh'] : [...keeper],
      Cmd: [],
      // A daemon gives no capability to a process of a container whose own account is not root's.
      User: hasMainShell || capabilities.length > 0 ? this.user : KEEPER,
      // The image's own would be run beside commands.
      Healthcheck: { Test: ['NONE'] },
      Labels: ownLabels(),
      OpenStdin: true,
      StdinOnce: true,
      HostConfig: { ...hardened(this.#options, image), AutoRemove: true },
    };
  }

  #forget(made: Made): void {
    if (this.#made !== made) return;
    this.#made = undefined;
    this.#making = undefined;
    made.hold.destroy();
  }

  async #remove(made: Made): Promise<void> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    try {
      await this.#client.remove(made.id, signal);
      await this.#client.whenRemoved(made.id, signal);
    } catch {
      // The daemon does it itself when it sees the end of the connection.
    }
    this.#forget(made);
  }
}

function toShell(streams: HijackedStreams): ByteChannel {
  const { stdin, stdout, stderr, ended: closed } = streams;
  return { stdin, stdout, stderr, closed, release: () => streams.release(), destroy: () => streams.destroy() };
}
