import type { Duplex } from 'node:stream';
import { ExecError } from '@errand/core';
import { SharedConnection } from '../connection/shared-connection.ts';
import type { SshConnection } from '../ssh-client.ts';
import { cannotConnect } from './forward-faults.ts';
import { forwardLocal } from './forward-local.ts';
import { checkDestination, checkForward } from './forward-options.ts';
import { forwardRemote } from './forward-remote.ts';
import type { Forward, Forwarder, Forwarding, ForwardOptions, SocketAddress } from './forwarding.ts';
import type { OpenForwarding } from './open-forwarding.ts';

/**
 * The forwardings of one executor. They have a connection of their own, beside those of commands: streams do not count for MaxSessions, and
 * one that is busy would hold up commands.
 */
export class SshForwarder implements Forwarder {
  readonly #shared: SharedConnection;
  readonly #closing = new AbortController();
  readonly #streams = new Set<Duplex>();
  /** Those that are being opened too. */
  readonly #forwardings = new Set<Promise<{ close(): Promise<void> }>>();

  constructor(open: (signal: AbortSignal) => Promise<SshConnection>) {
    this.#shared = new SharedConnection(open);
  }

  async forwardLocal<Listen extends SocketAddress>(forward: Forward<Listen>, options: ForwardOptions = {}): Promise<Forwarding<Listen>> {
    const checked = checkForward(forward, 'to', options);
    return await this.#keep(options, (signal) => forwardLocal<Listen>(checked, options, this.#shared, signal));
  }

  async forwardRemote<Listen extends SocketAddress>(forward: Forward<Listen>, options: ForwardOptions = {}): Promise<Forwarding<Listen>> {
    const checked = checkForward(forward, 'listen', options);
    return await this.#keep(options, (signal) => forwardRemote<Listen>(checked, options, this.#shared, signal));
  }

  async connectTo(address: SocketAddress, options: Pick<ForwardOptions, 'signal'> = {}): Promise<Duplex> {
    const to = checkDestination(address, options);
    const signal = AbortSignal.any([this.#closing.signal, ...(options.signal ? [options.signal] : [])]);
    const stream = await this.#shared.stream(to, signal).catch((cause: unknown) => {
      throw signal.aborted ? signal.reason : cannotConnect(cause, to, 'the host');
    });
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    return stream;
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    this.#closing.abort(new ExecError('EXEC_CLOSED', 'The executor is closed.'));
    for (const stream of this.#streams) stream.destroy();
    const all = await Promise.allSettled(this.#forwardings);
    await Promise.all(all.map((one) => one.status === 'fulfilled' && one.value.close()));
  }

  async #keep<Listen extends SocketAddress>(
    { signal: given }: ForwardOptions,
    open: (signal: AbortSignal) => Promise<OpenForwarding<Listen>>,
  ): Promise<Forwarding<Listen>> {
    const signal = AbortSignal.any([this.#closing.signal, ...(given ? [given] : [])]);
    signal.throwIfAborted();
    const opening = open(signal);
    this.#forwardings.add(opening);
    try {
      const forwarding = await opening;
      const close = (): void => void forwarding.close();
      given?.addEventListener('abort', close, { once: true });
      forwarding.closed.then(() => {
        this.#forwardings.delete(opening);
        given?.removeEventListener('abort', close);
      });
      if (!signal.aborted) return forwarding;
      await forwarding.close();
      throw signal.reason;
    } catch (fault) {
      this.#forwardings.delete(opening);
      throw fault;
    }
  }
}
