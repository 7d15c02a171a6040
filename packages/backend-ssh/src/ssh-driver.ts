import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import {
  type ByteChannel,
  type Driver,
  type DriverProcess,
  type DriverPty,
  type DriverSupports,
  ExecError,
  type Files,
  isExecError,
  NotStarted,
  type ProcessRequest,
  type PtyRequest,
} from '@errand/core';
import { keepingNodeAlive } from '@errand/core/files';
import { orAborted } from '@errand/core/waiting';
import type { ConnectionPool } from './connection/connection-pool.ts';
import type { SshChannel } from './connection/ssh-channel.ts';
import { messageOf } from './message-of.ts';
import { type OpenSftp, SftpFiles } from './sftp/sftp-files.ts';
import { ChannelRefused, type ChannelRequest, PtyRefused } from './ssh-client.ts';
import { SUPPORTS } from './ssh-supports.ts';

/** A plain POSIX sh, in words that every login shell takes. */
const SHELL = 'exec /bin/sh';
/** What does not say within this time whether it is a shell, or SFTP, waits for something else. */
const ASK_MS = 10_000;
const NO_PTY = 'openTerminal is not supported here: the server gives this account no terminals (PermitTTY); use openSession() or exec().';

/** Lines and shells in channels of a host's connections; core does the rest. */
export class SshDriver implements Driver {
  readonly supports: DriverSupports = SUPPORTS;
  readonly idleMs: number;
  readonly #pool: ConnectionPool;

  constructor(pool: ConnectionPool, idleMs: number) {
    this.#pool = pool;
    this.idleMs = idleMs;
  }

  get waitsFor(): string | undefined {
    return this.#pool.waitsFor;
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

  /** An account with `ForceCommand internal-sftp`, or whose shell lets nobody in. */
  async filesWithoutShell(cwd: string | undefined, signal: AbortSignal): Promise<Files | undefined> {
    // Rejects where nobody says: what was found of the shell before is all that is known.
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
    if (await this.#hasShell(inTime)) return undefined;
    const open: OpenSftp = (signal) => this.#open(() => this.#pool.sftp(signal), signal);
    (await keepingNodeAlive(orAborted(open(inTime), inTime))).end();
    return new SftpFiles(open, cwd);
  }

  async ping(signal: AbortSignal): Promise<void> {
    const channel = await this.#exec({ line: 'exit 0' }, signal);
    channel.stdout.resume();
    channel.stderr.resume();
    channel.stdin.end();
    await channel.exit;
  }

  /** Called before what runs is ended. */
  willClose(): void {
    this.#pool.willClose(closed());
  }

  async close(): Promise<void> {
    await this.#pool.close(closed());
  }

  async #hasShell(signal: AbortSignal): Promise<boolean> {
    const [first, second] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
    const channel = await this.#exec({ line: SHELL }, signal).catch((fault: ExecError) => {
      if (fault.cause instanceof ChannelRefused) return undefined;
      throw fault;
    });
    if (!channel) return false;
    const { stdin, stdout, stderr, destroy } = channel;
    stderr.resume();
    // The end of its input ends whatever reads it. In two parts, for it may send back what it is sent.
    stdin.end(`printf '%s%s\\n' ${first} ${second}\n`);
    try {
      return (await keepingNodeAlive(orAborted(text(stdout), signal))).includes(first + second);
    } finally {
      destroy();
    }
  }

  #exec(request: ChannelRequest, signal: AbortSignal): Promise<SshChannel> {
    return this.#open(() => this.#pool.exec(request, signal), signal);
  }

  /** A line does nothing by itself: until it is fed, nothing was started, whatever became of it. */
  async #open<C>(open: () => Promise<C>, signal: AbortSignal): Promise<C> {
    try {
      return await open();
    } catch (fault) {
      if (isExecError(fault) || signal.aborted) throw fault;
      if (fault instanceof PtyRefused) throw new ExecError('EXEC_NOT_SUPPORTED', NO_PTY, { cause: fault });
      throw noChannel(fault);
    }
  }
}

function noChannel(cause: unknown): ExecError {
  return new ExecError('EXEC_UNAVAILABLE', `The server opened no channel, so nothing was started: ${messageOf(cause)}.`, { cause });
}

function closed(): ExecError {
  return new ExecError('EXEC_CLOSED', 'The executor is closed.');
}
