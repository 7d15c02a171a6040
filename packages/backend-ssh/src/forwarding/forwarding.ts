import type { Duplex } from 'node:stream';
import type { ExecError } from '@errand/core';

/** A TCP socket. */
export interface TcpAddress {
  /** Default `127.0.0.1`. To be reached by others, listen on `0.0.0.0` or `::`; on the host that needs `GatewayPorts clientspecified`. */
  readonly host?: string;
  /** 1 … 65535, and 0 to listen on one that is free. */
  readonly port: number;
}

/** A Unix socket. On the host it must be absolute; at most 107 bytes, on macOS 103. */
export interface UnixAddress {
  readonly path: string;
}

export type SocketAddress = TcpAddress | UnixAddress;

/** Where to listen, and where to connect to for each client. */
export interface Forward<Listen extends SocketAddress = SocketAddress> {
  readonly listen: Listen;
  readonly to: SocketAddress;
}

export interface ForwardOptions {
  /**
   * Told of each connection that failed, such as one whose destination refused it; the forwarding goes on. If it throws, the forwarding is
   * closed, and `closed` says why. Default: nobody is told.
   */
  readonly onError?: (error: Error) => void;
  /** Gives up opening it, and closes it once it is open. */
  readonly signal?: AbortSignal;
}

/** Where a forwarding listens: with the port that was picked. */
export type ListenAddress<Listen extends SocketAddress> = Listen extends UnixAddress ? UnixAddress : Required<TcpAddress>;

/** A socket that listens, and the connections that came of it. It keeps Node from exiting, as a server does. */
export interface Forwarding<Listen extends SocketAddress = SocketAddress> extends AsyncDisposable {
  readonly address: ListenAddress<Listen>;
  /** How many are open, or being opened. */
  readonly connections: number;
  /**
   * Resolves when it is closed: with `undefined` where somebody closed it, with an `EXEC_CONNECT` that says how the SSH connection was
   * lost, which ends what `forwardRemote` gave, or with an `EXEC_CLOSED` where `onError` threw. Never rejects.
   */
  readonly closed: Promise<ExecError | undefined>;
  /** Ends the listener and its connections, and resolves when they are gone. */
  close(): Promise<void>;
}

/** What an executor over SSH has beside commands: connections to and from what the host can reach. */
export interface Forwarder {
  /**
   * Listens here, and connects each client, over SSH, to an address as the host sees it: `ssh -L`. Bytes and ends go both ways. An SSH
   * connection is opened for it, the same for all forwardings of an executor; where that is lost, the open connections break off and
   * the next client has another one opened. A client whose destination refuses is closed.
   *
   * @example
   * await using database = await executor.forwardLocal({ listen: { port: 0 }, to: { path: '/run/postgresql/.s.PGSQL.5432' } });
   * const client = new Client({ host: '127.0.0.1', port: database.address.port });
   *
   * @throws ExecError `EXEC_INVALID_OPTION`, `EXEC_CONNECT`, `EXEC_AUTH`, `EXEC_HOST_KEY`, `EXEC_CLOSED`; `EXEC_UNAVAILABLE` where the
   * address is taken or is not ours, `EXEC_PERMISSION` where this process may not listen there. Or the reason of `signal`.
   */
  forwardLocal<Listen extends SocketAddress>(forward: Forward<Listen>, options?: ForwardOptions): Promise<Forwarding<Listen>>;
  /**
   * A stream to an address as the host sees it: `ssh -W`. It shares the connection of `forwardLocal`. Destroying it closes it; it ends with
   * the executor.
   *
   * @example
   * const socket = await executor.connectTo({ path: '/var/run/docker.sock' });
   *
   * @throws ExecError as `forwardLocal`; `EXEC_UNAVAILABLE` where nobody listens there, `EXEC_PERMISSION` where sshd forbids it
   */
  connectTo(to: SocketAddress, options?: Pick<ForwardOptions, 'signal'>): Promise<Duplex>;
  /**
   * Listens on the host, and connects each of its clients to an address as this process sees it: `ssh -R`. It ends when the SSH
   * connection is lost, and `closed` says so: meanwhile nobody listened, and a port that was picked is gone, which the caller has to know.
   * The file of a Unix socket stays on the host then, and sshd does not listen there again before it is removed (or has
   * `StreamLocalBindUnlink yes`).
   *
   * @example
   * const hook = await executor.forwardRemote({ listen: { port: 0 }, to: { port: 8080 } });
   * await executor.exec(['./notify', `http://127.0.0.1:${hook.address.port}/`]);
   *
   * @throws ExecError as `forwardLocal`; `EXEC_UNAVAILABLE` where the server refuses to listen there, and SSH lets it not say why
   */
  forwardRemote<Listen extends SocketAddress>(forward: Forward<Listen>, options?: ForwardOptions): Promise<Forwarding<Listen>>;
}
