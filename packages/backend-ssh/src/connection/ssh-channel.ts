import type { Duplex, Readable, Writable } from 'node:stream';
import { ConnectionLost, type ProcessExit, type Signal } from '@errand/core';
import { connectionInput } from '@errand/core/waiting';
import type { Loss } from './loss.ts';
import { pauseTogether } from './pause-together.ts';
import { widenWindow } from './wide-window.ts';

/** A channel as ssh2 gives it. */
export type RawChannel = Duplex & {
  readonly stderr: Readable;
  close(): void;
  setWindow(rows: number, columns: number, height: number, width: number): void;
};

/** What runs in a channel. */
export interface SshChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Rejects when the channel ended and the server did not say how the command did. */
  readonly exit: Promise<ProcessExit>;
  /** Resolves when what ran in it has ended, or nobody can know any more. */
  readonly closed: Promise<void>;
  /** Resolves when the server has closed it, or the connection is gone: then another one may be opened. */
  readonly freed: Promise<void>;
  /** Of its terminal, where it has one; once it is over it does nothing. */
  resize(columns: number, rows: number): void;
  destroy(): void;
}

/** For a server to close a channel that we closed. */
const CLOSE_MS = 2_000;

/** To be called before anything of the channel can come: an exit code that comes before its listener is lost. */
export function toSshChannel(channel: RawChannel, loss: Loss): SshChannel {
  const { promise: freed, resolve: free } = Promise.withResolvers<void>();
  const { promise: exit, resolve: exited, reject: unknown } = Promise.withResolvers<ProcessExit>();
  const stop = loss.when((why) => {
    unknown(new ConnectionLost(`the connection was lost: ${why.message}`));
    free();
  });
  let isTold = false;
  channel.once('exit', (code: number | null, signal?: string) => {
    isTold = true;
    exited(exitOf(code, signal));
  });
  channel.once('close', () => {
    // An error costs more than the rest of this.
    if (!isTold) unknown(new Error('the server closed the channel, and did not say how the command ended'));
    stop();
    free();
  });
  const over = (): void => {};
  const closed = exit.then(over, over);
  channel.on('error', over);
  endOnce(channel);
  widenWindow(channel);
  pauseTogether(channel);
  channel.stderr.on('error', over);
  return {
    stdin: stdinOf(channel, closed),
    stdout: channel,
    stderr: channel.stderr,
    exit,
    closed,
    freed,
    // The size in pixels is nobody's concern.
    resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0),
    destroy: () => {
      channel.close();
      // A frozen server never answers, and nobody waits for it until it is found to be silent.
      const late = setTimeout(() => {
        unknown(new Error('the server did not close the channel'));
        for (const stream of [channel, channel.stderr]) if (stream.readable) stream.push(null);
      }, CLOSE_MS);
      freed.then(() => clearTimeout(late));
    },
  };
}

/** ssh2 ends a channel each time that it is destroyed, and Node makes an error of each but the first. */
function endOnce(channel: RawChannel): void {
  channel.destroy = () => {
    if (!channel.writableEnded) channel.end();
    channel.close();
    return channel;
  };
}

function exitOf(code: number | null, signal: string | undefined): ProcessExit {
  return { ...(code !== null && { exitCode: code }), ...(signal !== undefined && { signal: signalOf(signal) }) };
}

/** SSH names signals without SIG; ssh2 puts it before. Others, such as `FOO@example.org`, stay as they are. */
function signalOf(name: string): Signal {
  return name as Signal;
}

/** To end or destroy a channel itself closes its output too. What is written once it is over goes nowhere, as a pipe's would. */
function stdinOf(channel: RawChannel, closed: Promise<void>): Writable {
  let isOver = false;
  const stdin = connectionInput({
    isOver: () => isOver,
    write: (bytes, done) => channel.write(bytes, done),
    end: () => {
      if (!channel.writableEnded) channel.end();
    },
  });
  closed.then(() => {
    isOver = true;
    stdin.destroy();
  });
  return stdin;
}
