import {
  type ByteChannel,
  type Driver,
  type DriverProcess,
  type DriverPty,
  type DriverSupports,
  ExecError,
  isExecError,
  NotStarted,
  type ProcessRequest,
  type PtyRequest,
} from '@errand/core';
import type { ConnectionPool } from './connection/connection-pool.ts';
import type { SshChannel } from './connection/ssh-channel.ts';
import { type ChannelRequest, PtyRefused } from './ssh-client.ts';
import { SUPPORTS } from './ssh-supports.ts';

/** A plain POSIX sh, in words that every login shell takes. */
const SHELL = 'exec /bin/sh';
const NO_PTY = 'openTerminal is not supported here: the server gives this account no terminals (PermitTTY); use openSession() or exec().';

/** Lines and shells in channels of a host's connections; core does the rest. */
export class SshDriver implements Driver {
  readonly supports: DriverSupports = SUPPORTS;
  readonly #pool: ConnectionPool;

  constructor(pool: ConnectionPool) {
    this.#pool = pool;
  }

  async start({ line = '' }: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const { stdin, stdout, stderr, exit } = await this.#exec({ line }, signal).catch((fault: unknown) => {
      throw new NotStarted(isExecError(fault) ? fault : noChannel(fault));
    });
    return { stdin, stdout, stderr, exit };
  }

  async openShell(signal: AbortSignal): Promise<ByteChannel> {
    const { stdin, stdout, stderr, exit, destroy } = await this.#exec({ line: SHELL }, signal);
    const closed = exit.then(() => {});
    closed.catch(() => {});
    return { stdin, stdout, stderr, closed, destroy };
  }

  async openPty({ line, ...pty }: PtyRequest, signal: AbortSignal): Promise<DriverPty> {
    const { stdin, stdout, stderr, exit, resize, destroy } = await this.#exec({ line, pty }, signal);
    stderr.resume();
    return { stdin, stdout, exit, resize: async (columns, rows) => resize(columns, rows), destroy };
  }

  async ping(signal: AbortSignal): Promise<void> {
    const channel = await this.#exec({ line: 'exit 0' }, signal);
    channel.stdout.resume();
    channel.stderr.resume();
    channel.stdin.end();
    await channel.exit;
  }

  async close(): Promise<void> {
    await this.#pool.close(new ExecError('EXEC_CLOSED', 'The executor is closed.'));
  }

  /** A line does nothing by itself: until it is fed, nothing was started, whatever became of it. */
  async #exec(request: ChannelRequest, signal: AbortSignal): Promise<SshChannel> {
    try {
      return await this.#pool.exec(request, signal);
    } catch (fault) {
      if (isExecError(fault) || signal.aborted) throw fault;
      if (fault instanceof PtyRefused) throw new ExecError('EXEC_NOT_SUPPORTED', NO_PTY, { cause: fault });
      throw noChannel(fault);
    }
  }
}

function noChannel(cause: unknown): ExecError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ExecError('EXEC_UNAVAILABLE', `The server opened no channel, so nothing was started: ${why}.`, { cause });
}
