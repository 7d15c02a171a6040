import { randomBytes } from 'node:crypto';
import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import { ConnectionLost, type ProcessExit } from '@errand/core';
import type { ExecChannel } from '@errand/core/container';
import { orAborted } from '@errand/core/waiting';
import type { KubeApi } from '../api/kube-api.ts';
import type { Status } from '../api/kube-objects.ts';
import { ExecFrames } from './exec-frames.ts';
import { ExecSocket, SocketLost } from './exec-socket.ts';
import type { HeldEnds } from './held-ends.ts';
import { wrapped } from './wrapper.ts';

/** For one who waits to be told whether it ended, where its end may be on its way and not be taken. */
const LOOK_MS = 1_000;
/** What came while the event loop was blocked is read in this time. */
const UNDER_WAY_MS = 50;
/** A death by signal n is told as so much more. */
const KILLED_BASE = 128;
/** By SIGKILL. */
const KILLED = 137;
const TURNS = 3;
/** Where neither a reader holds it back nor anything has come for so long, no more comes. */
const QUIET_MS = 5_000;

/** What a line of shell runs in. */
export interface ExecPlace {
  readonly api: KubeApi;
  /** Of the pod's `exec`. */
  readonly path: string;
  readonly container: string;
}

/** What is run. */
export interface ExecLine {
  readonly text: string;
  /** Whether it has a stdin of its own, which it may leave unread. */
  readonly hasInput: boolean;
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
  /** Of the container that it runs in. */
  readonly heldEnds: HeldEnds;
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
export async function openLine(place: ExecPlace, line: ExecLine, judge: ExecJudge, signal: AbortSignal): Promise<ExecChannel> {
  const nonce = randomBytes(16).toString('hex');
  const frames = new ExecFrames(nonce);
  const socket = await ExecSocket.open(
    place.api,
    place.path,
    place.container,
    { command: wrapped(line.text, line.hasInput), frames },
    signal,
  );
  socket.stdin.write(`${nonce}\n`);
  try {
    const over = socket.status.then((status) => {
      throw new ExecRefused(status.message || 'it ended at once');
    });
    const pid = await orAborted(Promise.race([frames.hello, over]), signal);
    return toChannel(socket, pid === undefined ? undefined : { pid, frames }, judge);
  } catch (fault) {
    socket.destroy();
    throw fault;
  }
}

interface Wrapper {
  readonly pid: string;
  readonly frames: ExecFrames;
}

/** Without frames the end is known when nobody holds the streams any more. */
function toChannel(socket: ExecSocket, wrapper: Wrapper | undefined, judge: ExecJudge): ExecChannel {
  const { stdin, stdout, stderr, status } = socket;
  const { promise: told, resolve: tell } = Promise.withResolvers<number>();
  // One that is gone without a word was killed with all that it could see.
  const letGo =
    wrapper && judge.heldEnds.add({ pid: wrapper.pid, isHeld: () => socket.isHeld, tell: (end) => tell(end === 'gone' ? KILLED : end) });
  const frames = wrapper?.frames;
  const exit = exitOf(status, frames && Promise.race([frames.ended, told]), judge);
  const over = (): void => {
    letGo?.();
    socket.release();
    // What waited for the line waits for that as well.
    socket.endInput();
  };
  exit.then(over, over);
  return {
    stdin,
    stdout,
    stderr,
    exit,
    delivered: deliveredOf(socket, exit, frames),
    look: () => look(socket, exit, judge),
    release: () => socket.release(),
    destroy: () => socket.destroy(),
  };
}

/** The end that comes first counts; what the runtime says of it comes after the frames where both do. */
export async function exitOf(
  status: Promise<Status>,
  ended: Promise<number> | undefined,
  judge: Pick<ExecJudge, 'exitOf' | 'lost'>,
): Promise<ProcessExit> {
  const told = status.then((said) => codeOf(said, ended !== undefined));
  try {
    return await judge.exitOf(await (ended ? Promise.race([ended, told]) : told));
  } catch (fault) {
    const end = await judge.lost();
    if (end) return end;
    throw fault instanceof SocketLost
      ? new ConnectionLost(`the connection to the command was lost: ${fault.message}`, { cause: fault })
      : fault;
  }
}

/**
 * @param isWaitedFor Whether something else is to say how it ended, unless it was killed: a cluster whose node lost its runtime tells a success.
 * @throws where the status tells a fault of the cluster, and not of the command
 */
function codeOf({ status, reason, message, details }: Status, isWaitedFor: boolean): number {
  const exit = Number(details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message);
  const code = status === 'Success' ? 0 : reason === 'NonZeroExitCode' ? exit : Number.NaN;
  if (code > KILLED_BASE || (!isWaitedFor && code >= 0)) return code;
  if (code >= 0) throw new SocketLost('the cluster says that it is over, and what waited for it said nothing');
  throw new Error(`the cluster does not say how the command ended: ${message ?? reason ?? 'nothing'}`);
}

/** Once all that it wrote has come: after its end much may be on its way that its reader held back. */
export async function deliveredOf(
  socket: Pick<ExecSocket, 'status' | 'isHeld' | 'stillSince'>,
  exit: Promise<unknown>,
  frames: Pick<ExecFrames, 'delivered'> | undefined,
): Promise<void> {
  const over = socket.status.then(
    () => {},
    () => {},
  );
  await exit.catch(() => {});
  const ended = Promise.race(frames ? [over, frames.delivered] : [over]).then(() => true);
  const isQuiet = (): boolean => !socket.isHeld && performance.now() - socket.stillSince >= QUIET_MS;
  while (!(await Promise.race([ended, delay(LOOK_MS, false, { ref: false })]))) if (isQuiet()) return;
}

/** Where a reader holds it back, its end is asked for; otherwise it is on its way. */
async function look(socket: ExecSocket, exit: Promise<ProcessExit>, { heldEnds }: ExecJudge): Promise<void> {
  const over = (): void => {};
  const late = delay(LOOK_MS, undefined, { ref: false });
  if (socket.isHeld) await Promise.race([heldEnds.ask(), late]);
  else await Promise.race([exit.then(over, over), delay(UNDER_WAY_MS, undefined, { ref: false })]);
  // Whoever is told of the exit asks for turns of its own, by which its cause may come.
  for (let turn = 0; turn < TURNS; turn += 1) await immediate();
}
