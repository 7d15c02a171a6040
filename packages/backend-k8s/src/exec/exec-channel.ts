import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import { ConnectionLost, type ProcessExit } from '@errand/core';
import { orAborted } from '@errand/core/waiting';
import type { KubeApi } from '../api/kube-api.ts';
import type { Status } from '../api/kube-objects.ts';
import { ExecFrames } from './exec-frames.ts';
import { ExecSocket, SocketLost } from './exec-socket.ts';
import { wrapped } from './wrapper.ts';

/** For one who waits to be told whether it ended, where its end may be on its way and not be taken. */
const LOOK_MS = 1_000;
const TURNS = 3;
/** One stream's frame may come so much later than the other's when nothing holds it back. */
const LATE_MS = 5_000;

/** What a line of shell runs in. */
export interface ExecPlace {
  readonly api: KubeApi;
  /** Of the pod's `exec`. */
  readonly path: string;
  readonly container: string;
}

/** A line of shell that runs in a container. */
export interface ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** At the end of the process, whoever holds its streams; rejects when nobody can know it any more. */
  readonly exit: Promise<ProcessExit>;
  /** See `DriverProcess.delivered`: one stream may tell the exit while the other holds output still. */
  readonly delivered: Promise<void>;
  /** See `DriverProcess.look`. */
  look(): Promise<void>;
  /** See `ByteChannel.release`. */
  release(): void;
  destroy(): void;
}

/** The container could not start what was asked for, so nothing was. */
export class ExecRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ExecRefused';
  }
}

/** How an exit code is to be taken; and the connection's loss. */
export interface ExecJudge {
  exitOf(exitCode: number): Promise<ProcessExit>;
  /** Undefined where what it ran in runs on. */
  lost(): Promise<ProcessExit | undefined>;
}

/**
 * Resolves once the line runs.
 *
 * @throws ExecRefused, SocketLost, ClusterRefusal, the reason of `signal`, or the connection's fault: a line does nothing before it is fed, so
 * nothing was started
 */
export async function openLine(place: ExecPlace, line: string, judge: ExecJudge, signal: AbortSignal): Promise<ExecChannel> {
  const nonce = randomBytes(16).toString('hex');
  const frames = new ExecFrames(nonce);
  const socket = await ExecSocket.open(place.api, place.path, place.container, { command: wrapped(line), frames }, signal);
  socket.stdin.write(`${nonce}\n`);
  try {
    const over = socket.status.then((status) => {
      throw new ExecRefused(status.message || 'it ended at once');
    });
    const kind = await orAborted(Promise.race([frames.hello, over]), signal);
    return toChannel(socket, kind === 'hello' ? frames : undefined, judge);
  } catch (fault) {
    socket.destroy();
    throw fault;
  }
}

/** Without frames the end is known when nobody holds the streams any more. */
function toChannel(socket: ExecSocket, frames: ExecFrames | undefined, judge: ExecJudge): ExecChannel {
  const { stdin, stdout, stderr, status } = socket;
  const exit = exitOf(status, frames, judge);
  exit.then(
    () => socket.release(),
    () => socket.release(),
  );
  return {
    stdin,
    stdout,
    stderr,
    exit,
    delivered: deliveredOf(socket, exit, frames),
    look: () => look(socket, exit),
    release: () => socket.release(),
    destroy: () => socket.destroy(),
  };
}

/** The end that comes first counts; what the runtime says of it comes after the frames where both do. */
export async function exitOf(status: Promise<Status>, frames: ExecFrames | undefined, judge: ExecJudge): Promise<ProcessExit> {
  const told = status.then(codeOf);
  try {
    return await judge.exitOf(await (frames ? Promise.race([frames.ended, told]) : told));
  } catch (fault) {
    const end = await judge.lost();
    if (end) return end;
    throw fault instanceof SocketLost
      ? new ConnectionLost(`the connection to the command was lost: ${fault.message}`, { cause: fault })
      : fault;
  }
}

/** @throws where the status tells a fault of the cluster, and not of the command */
function codeOf({ status, reason, message, details }: Status): number {
  if (status === 'Success') return 0;
  const code = Number(details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message);
  if (reason === 'NonZeroExitCode' && Number.isInteger(code)) return code;
  throw new Error(`the cluster does not say how the command ended: ${message ?? reason ?? 'nothing'}`);
}

async function deliveredOf(socket: ExecSocket, exit: Promise<ProcessExit>, frames: ExecFrames | undefined): Promise<void> {
  const over = socket.status.then(
    () => {},
    () => {},
  );
  await exit.catch(() => {});
  const ended = Promise.race(frames ? [over, frames.delivered] : [over]).then(() => true);
  while (!(await Promise.race([ended, delay(LATE_MS, false, { ref: false })]))) if (!socket.isHeld) return;
}

/** Resolves soon after what is on its way by now was taken. */
async function look(socket: ExecSocket, exit: Promise<ProcessExit>): Promise<void> {
  socket.release();
  const over = (): void => {};
  await Promise.race([exit.then(over, over), delay(LOOK_MS, undefined, { ref: false })]);
  // Whoever is told of the exit asks for turns of its own, by which its cause may come.
  for (let turn = 0; turn < TURNS; turn += 1) await immediate();
}

/** Takes what comes before the first newline; the rest is left to be read. Undefined where the stream ends without. */
export async function firstLine(stream: Readable, signal: AbortSignal): Promise<string | undefined> {
  let line = Buffer.alloc(0);
  for (;;) {
    const piece: Buffer | null = stream.read();
    if (piece) {
      line = Buffer.concat([line, piece]);
      const end = line.indexOf('\n');
      if (end >= 0) {
        if (end + 1 < line.length) stream.unshift(line.subarray(end + 1));
        return line.subarray(0, end).toString('latin1').trimEnd();
      }
    } else if (stream.readableEnded || stream.destroyed) return undefined;
    else await Promise.race([once(stream, 'readable', { signal }), once(stream, 'end', { signal })]);
  }
}
