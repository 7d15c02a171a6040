import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionLost, type DriverProcess, NotStarted, type ProcessExit } from '../driver.ts';
import { ExecError, isExecError, notSupported } from '../errors.ts';
import type { ExecutionState } from '../execution.ts';
import { gateFault } from '../gate-fault.ts';
import { messageOf } from '../message-of.ts';
import type { Usage } from '../quota.ts';
import type { ExecResult, Signal } from '../result.ts';
import { holdNode, keepingNodeAlive, releaseNode } from '../supervisor/keeping-node-alive.ts';
import type { Turn } from '../turn.ts';
import { collectStdin } from './collect-stdin.ts';
import { CommandTurn } from './command-turn.ts';
import { Deadlines } from './deadlines.ts';
import { drain } from './drain.ts';
import type { TreeEnding } from './end-tree.ts';
import { Ending, type ForcedEnd } from './ending.ts';
import { ExitWatch } from './exit-watch.ts';
import { hintAtExit, withHint } from './login-hint.ts';
import { makeResult } from './make-result.ts';
import { OutputLogs } from './output-logs.ts';
import { OutputReading } from './output-reading.ts';
import { ProcessEnder } from './process-ender.ts';
import type { RunSpec } from './run-spec.ts';
import type { HandledRun } from './shared-run.ts';
import { StartAbort } from './start-abort.ts';
import { startProcess } from './start-process.ts';
import { StdinFeed } from './stdin-feed.ts';
import { timingsOf } from './timings-of.ts';
import { publishTransition } from './transitions.ts';
import { unseenMs } from './unseen-ms.ts';
import { usageOf } from './usage-of.ts';

/** How long what a command left behind may go on to write, such as tee in `exec > >(tee log)`. */
const FINISH_MS = 100;
/** How long a result waits to learn whether there was anything, where there may have been. */
const TELL_MS = 1_000;

const DISPOSED = 'The handle was disposed of before the command was sent, and it did not start.';

/** One command's life, from queued to released. Handles on it are `ExecutionHandle`s. */
export class Run implements HandledRun {
  readonly id: string;
  readonly spec: RunSpec;
  /** With `stdin: 'pipe'`: what the caller writes to, also before the process runs. */
  readonly stdin: PassThrough | undefined;
  /** Rejects when the command certainly did not start. */
  readonly result: Promise<ExecResult>;
  state: ExecutionState = 'queued';

  #logs: OutputLogs | undefined;
  readonly #feed: StdinFeed | undefined;
  readonly #ending = new Ending();
  readonly #startAbort = new StartAbort();
  #process: DriverProcess | undefined;
  #exitWatch: ExitWatch | undefined;
  readonly #ender: ProcessEnder;
  /** Why a detached one is let go of. */
  #lettingGo: string | undefined;
  /** Why a command that exited by itself has a reason all the same. */
  #note: string | undefined;
  #released: Promise<Usage | undefined> | undefined;
  #deadlines: Deadlines | undefined;
  readonly #turn: Promise<void> | undefined;
  readonly #created = performance.now();
  #startedAt = 0;
  #runningAt = 0;

  constructor(spec: RunSpec) {
    const { stdin } = spec.options;
    this.id = spec.id;
    this.spec = spec;
    this.#ender = new ProcessEnder(spec.options);
    if (stdin === 'pipe') this.stdin = new PassThrough().on('error', () => {});
    const source = this.stdin ?? stdin;
    if (source !== undefined && source !== 'pipe') this.#feed = new StdinFeed(source, (error) => this.#sourceFailed(error));
    spec.among?.add(this);
    this.result = this.#live();
    this.result.catch(() => {});
    // A queue knows the command as soon as its caller does.
    if (spec.turn) this.#turn = this.#askFor(spec.turn);
  }

  /** Resolves with what it used, or with `undefined` when it certainly did not start. Made when it is asked for, or over. */
  get released(): Promise<Usage | undefined> {
    this.#released ??= this.result.then(
      (result) => this.#whenReleased(result),
      () => this.#leave(),
    );
    return this.#released;
  }

  /** Made when somebody reads or writes: a million may wait. */
  get logs(): OutputLogs {
    this.#logs ??= new OutputLogs(this.spec);
    return this.#logs;
  }

  /** Ends the command, or keeps it from starting: then `result` rejects with `rejection`. */
  cancel(reason: string, rejection: unknown): void {
    if (!this.#ending.force({ outcome: 'cancelled', reason })) return;
    this.#startAbort.abort(rejection);
    if (this.#process) this.#cancelNow(this.#process, reason);
  }

  /** Cancels, and resolves when everything that can be ended is gone. Never rejects. */
  async end(reason: string, rejection: unknown): Promise<void> {
    this.cancel(reason, rejection);
    await keepingNodeAlive(this.result.catch(() => {}).then(() => this.gone));
  }

  /** Lets go of a detached one, which goes on; resolves when nothing here is about it any more. Never rejects. */
  async letGo(reason: string): Promise<void> {
    this.#lettingGo = reason;
    if (this.#process) this.#process.letGo?.(reason);
    else this.#startAbort.abort(new ExecError('EXEC_CLOSED', 'The command was let go of before it was sent, and did not start.'));
    await this.result.catch(() => {});
  }

  /** What the last handle's disposal does. */
  async dispose(): Promise<void> {
    if (this.spec.detached) return this.letGo('its handle was disposed of; the execution goes on, and attach(id) finds it');
    // There a command may go on for as long as its deadline, and nobody here would see it end.
    if (!this.spec.driver.supports.kill) return this.end('its handle was disposed of', new ExecError('EXEC_CLOSED', DISPOSED));
    await this.kill();
    await keepingNodeAlive(this.released);
  }

  /** Whether all of it that can be ended is; once `result` is there. Never rejects. */
  get gone(): Promise<boolean> {
    return this.#ender.gone;
  }

  /** How a caller that let go of a shared run sees it: as far as it had come. */
  snapshot(reason: string): ExecResult {
    return this.#result({}, undefined, { outcome: 'cancelled', reason });
  }

  /** Ends the command without saying how: what comes of it is the outcome, whatever else happens from now on. */
  async kill(): Promise<void> {
    this.#checkKill();
    if (this.state === 'ended') return;
    if (!this.#process)
      return this.cancel('killed before it ran', new ExecError('EXEC_CLOSED', 'The command was killed before it started.'));
    if (this.#ending.settle()) this.#note = 'it was killed by kill()';
    await this.#endNow(this.#process).delivered;
  }

  /** Sends one signal to the process group, and nothing follows. */
  async signal(signal: Signal): Promise<void> {
    this.#checkKill();
    if (this.state === 'ended') return;
    if (this.#process) await this.#process.kill?.(signal, 'group');
    else await this.kill();
  }

  async waitsForInput(): Promise<boolean> {
    const sink = this.#process?.stdin;
    if (this.state !== 'running' || !sink || sink.destroyed) return false;
    // What is on its way may be all that it waits for.
    const isOnItsWay = [sink, this.stdin].some((stream) => stream && (stream.writableEnded || stream.writableLength > 0));
    if (isOnItsWay || (this.stdin?.readableLength ?? 0) > 0) return false;
    return (await this.#process?.waitsForInput?.().catch(() => false)) ?? false;
  }

  #checkKill(): void {
    if (!this.spec.driver.supports.kill) throw notSupported('kill', 'this target cannot end a command before its deadline');
  }

  async #live(): Promise<ExecResult> {
    // The executor knows this run before anybody hears of it; and what is taken back at once is not sent.
    holdNode();
    await undefined;
    try {
      await this.#turn;
      return await this.#carryOut();
    } catch (fault) {
      if (this.#process) this.#endNow(this.#process);
      this.#close();
      const isKnown = fault instanceof NotStarted;
      if (this.state !== 'queued' && !isKnown) return this.#finish({}, `it may have started: ${messageOf(fault)}`);
      this.#to('ended');
      if (this.#startAbort.aborted) throw this.#startAbort.reason;
      throw isKnown ? withHint(fault.error, this.spec.driver.supports) : gateFault('turn', fault);
    } finally {
      releaseNode();
    }
  }

  #askFor(turn: Turn): Promise<void> {
    const { id: executionId, target, options, asked = {} } = this.spec;
    try {
      return turn(new CommandTurn({ executionId, target, options, asked, run: this, abort: this.#startAbort }));
    } catch (fault) {
      return Promise.reject(fault);
    }
  }

  async #carryOut(): Promise<ExecResult> {
    const { options } = this.spec;
    this.#to('starting');
    this.#startedAt = performance.now();
    const input = await this.#collectStdin();
    const process = await startProcess(this.spec, { abort: this.#startAbort, input, onLate: (late) => this.#giveUp(late) });
    this.#process = process;
    const exitWatch = new ExitWatch(process);
    this.#exitWatch = exitWatch;
    this.#runningAt = performance.now();
    this.#to('running');
    const reading = new OutputReading(process, this.logs, {
      onOutput: options.onOutput,
      onFault: (error) => this.cancel(`onOutput threw: ${messageOf(error)}`, error),
      onActivity: () => this.#deadlines?.heard(),
    });
    if (process.stdin) this.#feed?.feed(process.stdin);
    this.#deadlines = new Deadlines(options, {
      end: (end) => this.#ending.force(end) && this.#endAtDeadline(process, end),
      isHeld: () => reading.held,
      look: process.look,
    });
    // It was cancelled, or its time to start ran out, while nobody could say whether it would start.
    if (this.#startAbort.aborted) this.#giveUp(process);

    let fault: string | undefined;
    const exit = await exitWatch.exit.catch((error: unknown): ProcessExit => {
      fault = messageOf(error);
      return ConnectionLost.exitOf(error);
    });
    this.#ending.settle();
    this.#deadlines.clear();
    process.stdin?.destroy();
    if (!this.#ender.tree) await Promise.race([reading.ended, delay(FINISH_MS, undefined, { ref: false })]);
    const told = this.#endLeftovers(process);
    if (exit.mayHaveLeft) await Promise.race([told, delay(TELL_MS, undefined, { ref: false })]);
    await drain({
      reading,
      // Who does not tell of the end tells nothing of the output either.
      delivered: fault === undefined ? process.delivered : undefined,
      readerGraceMs: options.killGraceMs,
      releaseReaders: () => this.logs.releaseAll(),
    });
    await this.#ender.tree?.gone;
    return this.#finish(exit, fault);
  }

  /** It started although nobody wanted it any more. */
  #giveUp(process: DriverProcess): void {
    if (this.#lettingGo !== undefined) process.letGo?.(this.#lettingGo);
    else if (process === this.#process) this.#cancelNow(process, messageOf(this.#startAbort.reason));
    else {
      process.cancel?.(messageOf(this.#startAbort.reason));
      this.#ender.endUnwanted(process);
    }
  }

  /** Where it is needed ahead. */
  async #collectStdin(): Promise<Uint8Array | undefined> {
    const { stdinAhead, maxStdinBytes } = this.spec.driver.supports;
    return stdinAhead && this.#feed ? collectStdin(this.#feed, maxStdinBytes, this.#startAbort.signal) : undefined;
  }

  #endAtDeadline(process: DriverProcess, { reason }: ForcedEnd): void {
    if (this.spec.driver.supports.deadline === false) this.#cancelNow(process, reason);
    else this.#endNow(process);
  }

  /** Ends it because nobody waits for it any more. */
  #cancelNow(process: DriverProcess, reason: string): void {
    process.cancel?.(reason);
    this.#endNow(process);
  }

  #sourceFailed(cause: Error): void {
    const reason = `the source of stdin failed: ${cause.message}`;
    this.cancel(
      reason,
      new ExecError('EXEC_INVALID_OPTION', `stdin: ${reason}. Nothing was started.`, { cause, detail: { option: 'stdin' } }),
    );
  }

  /** Begins to end the whole tree, once; its exit is not waited for without end from then on. */
  #endNow(process: DriverProcess): TreeEnding {
    const hadBegun = this.#ender.tree !== undefined;
    const ending = this.#ender.endTree(process);
    // Where its target alone ends it, that is late on a busy one, and a driver knows when nothing is heard any more.
    if (!hadBegun && process.kill && this.spec.driver.supports.kill) ending.gone.then(() => this.#exitWatch?.expect());
    return ending;
  }

  /** Told where it is known by the time that the output was read; most results do not wait to learn it. */
  async #endLeftovers(process: DriverProcess): Promise<void> {
    if (await this.#ender.endLeftovers(process)) this.#note = 'processes that it had left running were ended';
  }

  #close(): void {
    // So that it leaves, whoever asks.
    void this.released;
    this.#ending.settle();
    this.logs.end();
    this.#feed?.release();
    this.stdin?.destroy();
  }

  #finish(exit: ProcessExit, fault: string | undefined): ExecResult {
    this.#close();
    const lateStart = !this.#ending.forced && this.#lettingGo === undefined && this.#startAbort.aborted;
    this.logs.settle();
    const result = this.#result(exit, lateStart ? this.#lateStart() : fault, this.#ending.forced);
    this.#to('ended', result);
    return result;
  }

  #lateStart(): string {
    const { reason } = this.#startAbort;
    if (isExecError(reason) && reason.code === 'EXEC_START_TIMEOUT') return 'it started only after startTimeoutMs, and was ended';
    return `it may have started: ${messageOf(reason)}`;
  }

  #result(exit: ProcessExit, fault: string | undefined, forced: ForcedEnd | undefined): ExecResult {
    const output = this.logs.collect();
    return makeResult({
      spec: this.spec,
      exit,
      forced,
      fault,
      note: this.#note ?? hintAtExit({ ...exit, ...output }, this.spec.driver.supports),
      ...output,
      timings: timingsOf(this.#created, this.#startedAt, this.#runningAt),
    });
  }

  async #whenReleased(result: ExecResult): Promise<Usage> {
    // Of what goes on without this process nobody here will know when it ends.
    if (this.#lettingGo === undefined && (result.outcome === 'unknown' || !(await this.gone))) {
      // Nobody could see it end: the target's own supervisor ends it within this time.
      const ranMs = this.#runningAt ? performance.now() - this.#runningAt : 0;
      await delay(unseenMs(this.spec, ranMs), undefined, { ref: false });
    }
    this.#leave();
    return usageOf(result);
  }

  #leave(): undefined {
    this.spec.among?.delete(this);
  }

  #to(state: ExecutionState, result?: ExecResult): void {
    this.state = state;
    const { id, target, options, isInternal } = this.spec;
    if (isInternal) return;
    publishTransition(() => ({
      executionId: id,
      target,
      state,
      labels: options.labels,
      ...(options.tenant !== undefined && { tenant: options.tenant }),
      ...(result && { outcome: result.outcome, ...(result.exitCode !== undefined && { exitCode: result.exitCode }) }),
    }));
  }
}
