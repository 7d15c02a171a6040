import type { Duplex } from 'node:stream';
import { type ExecError, isExecError } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { Authentication } from '../authentication/authentication.ts';
import type { SshAuthentication } from '../authentication/authentication-options.ts';
import { credentialsOf } from '../authentication/credentials.ts';
import type { PresentedHostKey } from '../host-key-policy.ts';
import { hostKeyOf, keyTypeOf } from '../known-hosts/host-key.ts';
import { type ClientConfig, SshConnection } from '../ssh-client.ts';
import { connectFault } from '../ssh-errors.ts';
import { callerStream } from './caller-stream.ts';
import { openSocket } from './open-socket.ts';
import { openProxyCommand } from './proxy-command.ts';
import { type HostRequest, type ResolvedHost, resolveHost } from './resolve-host.ts';
import { sendTogether } from './send-together.ts';
import { SharedAnswer } from './shared-answer.ts';
import { SharedConnection } from './shared-connection.ts';

/** How a host is reached, and who we are there. */
export interface DialRequest extends HostRequest {
  readonly authentication?: readonly SshAuthentication[];
  /** In the order to go through; in place of ProxyJump and ProxyCommand of the configuration. */
  readonly jumps?: readonly DialRequest[];
  readonly connect?: (signal: AbortSignal) => Promise<Duplex>;
  readonly connectTimeoutMs?: number;
}

/** Milliseconds to connect and to log in. */
const CONNECT_TIMEOUT_MS = 20_000;
/** Jump hosts that need jump hosts of their own: more are a loop. */
const MAX_DEPTH = 8;

/** Opens connections to one host, over those to its jump hosts. Jump hosts have one connection each, whatever goes through it. */
export class Dialer {
  readonly #request: DialRequest;
  readonly #depth: number;
  readonly #host: SharedAnswer<ResolvedHost>;
  #hop: Dialer | undefined;
  #jump: SharedConnection | undefined;

  constructor(request: DialRequest, depth = 0) {
    this.#request = request;
    this.#depth = depth;
    this.#host = new SharedAnswer((signal) => resolveHost(request, signal));
  }

  /** @throws ExecError `EXEC_CONNECT`, `EXEC_AUTH`, `EXEC_HOST_KEY`, `EXEC_INVALID_OPTION`; or the reason of `signal` */
  async open(signal: AbortSignal): Promise<SshConnection> {
    const host = await this.#host.get(signal);
    const { connectTimeoutMs = host.config?.connectTimeoutMs ?? CONNECT_TIMEOUT_MS } = this.#request;
    const late = AbortSignal.timeout(connectTimeoutMs);
    try {
      return await this.#open(host, AbortSignal.any([signal, late]));
    } catch (fault) {
      if (signal.aborted) throw signal.reason;
      throw late.aborted ? connectFault(new Error(`it took longer than ${connectTimeoutMs} ms (connectTimeoutMs)`), host.where) : fault;
    }
  }

  /** The key that the host presents, before it is sent anything else; or that of a host on the way, where that is not trusted. */
  async presentedKey(signal: AbortSignal): Promise<PresentedHostKey> {
    const host = await this.#host.get(signal);
    const hostKeyAlgorithms = await host.hostKeys.algorithms();
    const { connectTimeoutMs = host.config?.connectTimeoutMs ?? CONNECT_TIMEOUT_MS } = this.#request;
    const until = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]);
    let presented: Uint8Array | undefined;
    const verifyHostKey = async (blob: Uint8Array): Promise<void> => {
      presented = blob;
      throw new Error('it was only looked at');
    };
    try {
      const socket = await this.#reach(host, until);
      await SshConnection.open(socket, { hostKeyAlgorithms, verifyHostKey, username: host.user }, until);
    } catch (fault) {
      if (!presented && this.#hop && isExecError(fault) && fault.code === 'EXEC_HOST_KEY')
        return { ...(await this.#hop.presentedKey(signal)), isJump: true };
      if (!presented) throw isExecError(fault) ? fault : connectFault(fault, host.where);
    }
    return host.hostKeys.look(presented ?? new Uint8Array());
  }

  /** A pinned key may be of a type that the server does not present first: then it is asked for the others. */
  async #open(host: ResolvedHost, signal: AbortSignal): Promise<SshConnection> {
    const { hostKey = {} } = this.#request;
    let algorithms: readonly string[] = await host.hostKeys.algorithms();
    let refusal: ExecError | undefined;
    for (;;) {
      let presented: string | undefined;
      const verifyHostKey = (blob: Uint8Array): Promise<void> => {
        presented = hostKeyOf(blob)?.type;
        return host.hostKeys.verify(blob);
      };
      try {
        return await this.#logIn(host, { hostKeyAlgorithms: algorithms, verifyHostKey }, signal);
      } catch (fault) {
        // It has no key of the types that are left.
        if (refusal && presented === undefined) throw refusal;
        if (hostKey.fingerprint === undefined || presented === undefined || !isExecError(fault) || fault.code !== 'EXEC_HOST_KEY')
          throw fault;
        refusal ??= fault;
        algorithms = algorithms.filter((algorithm) => keyTypeOf(algorithm) !== presented);
        if (algorithms.length === 0) throw refusal;
      }
    }
  }

  async #logIn(
    host: ResolvedHost,
    server: Pick<ClientConfig, 'hostKeyAlgorithms' | 'verifyHostKey'>,
    signal: AbortSignal,
  ): Promise<SshConnection> {
    const credentials = await credentialsOf({ user: host.user, methods: this.#request.authentication, config: host.config });
    const { handler, record } = new Authentication(host.user, credentials);
    try {
      const socket = await this.#reach(host, signal);
      return await SshConnection.open(socket, { ...server, username: host.user, authHandler: handler }, signal);
    } catch (fault) {
      throw isExecError(fault) ? fault : connectFault(fault, host.where, record);
    }
  }

  async #reach(host: ResolvedHost, signal: AbortSignal): Promise<Duplex> {
    const { connect } = this.#request;
    if (connect) return callerStream(connect, signal);
    this.#jump ??= this.#lastJump(host);
    const to = { host: host.hostName, port: host.port };
    if (this.#jump) return this.#jump.stream(to, signal);
    const command = this.#request.jumps ? undefined : host.config?.proxyCommand;
    return command === undefined ? sendTogether(await openSocket(to, signal)) : openProxyCommand(command, signal);
  }

  /** The one in front of the host; it goes through the one before it. */
  #lastJump({ config }: ResolvedHost): SharedConnection | undefined {
    const { jumps = config?.proxyJump ?? [], configFile, connectTimeoutMs } = this.#request;
    const { target = this.#request.host, jumpFor = target } = this.#request;
    const last: DialRequest | undefined = jumps.at(-1);
    if (!last) return undefined;
    if (this.#depth >= MAX_DEPTH)
      throw invalidOption('host', 'has jump hosts that lead to one another without end', 'a ProxyJump that ends');
    const before = jumps.slice(0, -1);
    const common = { ...(configFile !== undefined && { configFile }), ...(connectTimeoutMs !== undefined && { connectTimeoutMs }) };
    // The first one that the configuration names is reached as it says for that one.
    const named = last.hostKeyOption === undefined && { jumpFor };
    const hop = new Dialer({ ...common, ...named, ...last, ...(before.length > 0 && { jumps: before }) }, this.#depth + 1);
    this.#hop = hop;
    return new SharedConnection((signal) => hop.open(signal));
  }
}
