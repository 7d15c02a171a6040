import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { type ByteChannel, type DriverProcess, NotStarted } from '../driver.ts';
import { conflict } from '../engine/idempotency.ts';
import { ExecError, isExecError, notSupported } from '../errors.ts';
import { refusal } from '../launcher/refusal.ts';
import { messageOf } from '../message-of.ts';
import { orAborted } from '../or-aborted.ts';
import { commandStreams } from '../shell/command-streams.ts';
import { letGo } from '../shell/let-go.ts';
import { shellEnded } from '../shell/shell-ended.ts';
import { ShellStream } from '../shell/shell-stream.ts';
import type { GuardedChannel, WarmTarget } from '../shell/warm-target.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import { DetachedCommand, statusOf } from './detached-command.ts';
import type { DetachedExecution } from './detached-execution.ts';
import { followSource, listSource, statusSource } from './follow-script.ts';
import { guardianSource } from './guardian-script.ts';
import type { Submission } from './submission.ts';

/** Where a reader of a detached execution begins, in bytes. */
export interface Offsets {
  readonly stdout: number;
  readonly stderr: number;
}

/** The detached executions of a target, through plain shells on it. */
export class DetachedTarget {
  readonly #target: WarmTarget;
  readonly #executorMarker: string;
  #readers = 0;

  constructor(target: WarmTarget, executorMarker: string) {
    this.#target = target;
    this.#executorMarker = executorMarker;
  }

  /**
   * Starts one, unless there is one by that name that is the same. Rejects with `NotStarted` when it certainly did not start; once it
   * was sent, `signal` changes nothing: only an answer tells whether there is something to end.
   */
  async submit(submission: Submission, signal: AbortSignal): Promise<void> {
    const channel = await this.#open(signal);
    try {
      channel.stderr.resume();
      const stdout = new ShellStream(channel.stdout, () => {});
      await greeted(channel, signal);
      channel.stdin.write(guardianSource(submission, channel.unguarding));
      const answer = await keepingNodeAlive(stdout.line(submission.request.nonce));
      if (answer === undefined) throw new Error('the target did not say whether the command runs; attach(id) tells');
      const [word, what = ''] = answer;
      if (word === 'refused') throw new NotStarted(refused(what, submission));
      if (word === 'conflict') throw new NotStarted(conflict());
    } finally {
      leave(channel);
    }
  }

  /** Follows one from any byte on. Rejects with `NotStarted` when there is none by that name. */
  async follow(name: string, offsets: Offsets, signal: AbortSignal): Promise<DriverProcess> {
    const channel = await this.#open(signal);
    const begin = randomBytes(16).toString('hex');
    const end = randomBytes(16).toString('hex');
    const stream = (name: 'stdout' | 'stderr'): ShellStream => new ShellStream(channel[name], () => {}, channel.delivered);
    const from = { stdout: stream('stdout'), stderr: stream('stderr') };
    const { stdout, stderr } = commandStreams(from, { begins: { stdout: begin, stderr: begin }, end });
    channel.stdin.write(followSource({ name, stdoutOffset: offsets.stdout, stderrOffset: offsets.stderr, begin, end }));
    const [started, begun] = await orAborted(keepingNodeAlive(Promise.all([stdout.begun, stderr.begun])), signal).catch((error) => {
      channel.destroy();
      throw error;
    });
    if (!started || !begun) {
      leave(channel);
      if (started?.[0] === 'refused') throw new NotStarted(notFound(name));
      throw await whyNotFollowed(channel);
    }
    const marker = `${this.#executorMarker}.follow-${this.#readers++}`;
    return new DetachedCommand({
      channel,
      stdout,
      stderr,
      started,
      marker,
      from: offsets,
      supervisor: this.#target.supervisor,
      askStatus: () => this.#status(name),
    }).process;
  }

  /** The words of its status, or undefined while it runs. */
  async #status(name: string): Promise<readonly string[] | undefined> {
    const channel = await this.#open(new AbortController().signal);
    const nonce = randomBytes(16).toString('hex');
    try {
      channel.stdin.write(statusSource(name, nonce));
      const words = await firstLine(channel, nonce);
      return words?.[0] === 'running' ? undefined : words;
    } finally {
      leave(channel);
    }
  }

  async list(signal: AbortSignal, executorName: string): Promise<DetachedExecution[]> {
    const channel = await this.#open(signal);
    const nonce = randomBytes(16).toString('hex');
    try {
      channel.stdin.write(listSource(nonce));
      return await orAborted(keepingNodeAlive(readList(channel, nonce, executorName)), signal);
    } finally {
      leave(channel);
    }
  }

  async #open(signal: AbortSignal): Promise<GuardedChannel> {
    try {
      const channel = await keepingNodeAlive(this.#target.openShell(signal));
      for (const stream of [channel.stdin, channel.stdout, channel.stderr]) stream.on('error', () => {});
      return channel;
    } catch (cause) {
      if (isExecError(cause)) throw new NotStarted(cause);
      throw new NotStarted(
        new ExecError('EXEC_UNAVAILABLE', `No shell could be opened on the target, so nothing was sent: ${messageOf(cause)}.`, { cause }),
      );
    }
  }
}

/** Nothing is sent before a sh answered. */
async function greeted({ greeted }: GuardedChannel, signal: AbortSignal): Promise<void> {
  if (!greeted) return;
  await orAborted(keepingNodeAlive(greeted), signal).catch((fault: unknown) => {
    if (signal.aborted) throw givenUp(signal);
    if (fault instanceof NotStarted) throw fault;
    const message = `No shell answered on the target, so nothing was sent: ${messageOf(fault)}`;
    throw new NotStarted(new ExecError('EXEC_UNAVAILABLE', message, { cause: fault }));
  });
}

/** The words behind `nonce` in the first line that begins with it; undefined when the channel ended before. */
function firstLine(channel: ByteChannel, nonce: string): Promise<readonly string[] | undefined> {
  channel.stderr.resume();
  return keepingNodeAlive(new ShellStream(channel.stdout, () => {}).line(nonce));
}

async function readList(channel: ByteChannel, nonce: string, executorName: string): Promise<DetachedExecution[]> {
  channel.stderr.resume();
  const found: DetachedExecution[] = [];
  let item: readonly string[] | undefined;
  for await (const line of createInterface({ input: channel.stdout })) {
    if (line === `${nonce} end`) return found;
    if (item) found.push(toExecution(item, line, executorName));
    item = line.startsWith(`${nonce} item `) ? line.split(' ').slice(2) : undefined;
  }
  if (found.length === 0) throw shellEnded();
  throw new ExecError('EXEC_UNAVAILABLE', 'The target did not list its executions to the end.');
}

function toExecution(words: readonly string[], meta: string, executorName: string): DetachedExecution {
  const [name = '', out, err, ...status] = words;
  const { command = '', startedAt = '' } = parse(meta);
  const known = { id: `${executorName}-${name}`, command, startedAt, stdoutBytes: Number(out), stderrBytes: Number(err) };
  if (status[0] === 'running') return { ...known, state: 'running' };
  const { outcome, exitCode, signal } = statusOf(status);
  return { ...known, state: 'ended', outcome, ...(exitCode !== undefined && { exitCode }), ...(signal !== undefined && { signal }) };
}

function parse(meta: string): { command?: string; startedAt?: string } {
  try {
    return JSON.parse(meta) as { command?: string; startedAt?: string };
  } catch {
    return {};
  }
}

/** An account may have something else in a shell's place. */
async function whyNotFollowed({ closed }: ByteChannel): Promise<ExecError> {
  const lost = (cause: unknown): ExecError =>
    new ExecError('EXEC_UNAVAILABLE', 'The connection to the target was lost; attach(id) again.', { cause });
  return keepingNodeAlive(closed.then(shellEnded, lost));
}

/** Nobody hears it any more. */
function leave(channel: ByteChannel): void {
  for (const stream of [channel.stdout, channel.stderr]) stream.destroy();
  letGo(channel);
}

function refused(word: string, { request }: Submission): ExecError {
  if (word === 'setsid') return notSupported('detached', "the target has no setsid (util-linux or busybox), or no Linux's /proc");
  if (word === 'spool') {
    return new ExecError('EXEC_UNAVAILABLE', "The account's state directory on the target cannot be written, so nothing was started.");
  }
  return refusal(word, request);
}

function givenUp(signal: AbortSignal): NotStarted {
  return new NotStarted(new ExecError('EXEC_CLOSED', 'The command was given up before it was sent.', { cause: signal.reason }));
}

function notFound(name: string): ExecError {
  const message = `The target knows no execution '${name}': it never was there, or was removed after its keepMs.`;
  return new ExecError('EXEC_NOT_FOUND', message, { detail: { what: 'execution', name } });
}
