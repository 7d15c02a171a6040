import type { Readable, Writable } from 'node:stream';
import type { ByteChannel, ProcessExit } from '../driver.ts';

/** A line of shell that runs in a container. */
export interface ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** At the end of the process, whoever holds its streams; rejects when nobody can know it any more. */
  readonly exit: Promise<ProcessExit>;
  /** See `DriverProcess.delivered`: the exit may be told while output is still on its way. */
  readonly delivered: Promise<void>;
  /** See `DriverProcess.look`. */
  look(): Promise<void>;
  /** See `ByteChannel.release`. */
  release(): void;
  destroy(): void;
}

/** Where that line is a shell. */
export function toShell({ stdin, stdout, stderr, exit, delivered, release, destroy }: ExecChannel): ByteChannel {
  const closed = exit.then(() => {});
  closed.catch(() => {});
  return { stdin, stdout, stderr, closed, delivered, release, destroy };
}
