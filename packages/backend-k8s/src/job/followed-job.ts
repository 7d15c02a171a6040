import { setTimeout as delay } from 'node:timers/promises';
import { type DriverProcess, ExecError, NotStarted, type ProcessExit, type ProcessRequest, type Signal } from '@errand/core';
import { type LogEnd, LogReader, type StreamName } from '@errand/core/frames';
import type { OutputStream } from '@errand/core/waiting';
import { isRefusal } from '../api/cluster-refusal.ts';
import type { KubeApi } from '../api/kube-api.ts';
import type { Pod } from '../api/kube-objects.ts';
import type { Watch } from '../api/watch.ts';
import type { ExecSocket } from '../exec/exec-socket.ts';
import { cannotStart, clusterFault, printable } from '../k8s-errors.ts';
import { podsPath } from '../pod/owner.ts';
import { CONTAINER } from '../pod/pod-template.ts';
import { startFault, waitsFor } from '../pod/start-fault.ts';
import { feedInput } from './feed-input.ts';
import type { Job } from './job.ts';
import { exitByLog } from './job-exit.ts';
import { isFed } from './job-manifest.ts';
import { JobOutput } from './job-output.ts';
import { JobPod } from './job-pod.ts';
import { noFeeding, podRefusal, refusalOf, toolFault } from './job-refusals.ts';
import { exitByState, hasRun, takenAway } from './pod-state.ts';
import { readSpools } from './spooled-output.ts';

/** How often a Job without a pod is asked for why, at first and at most. */
const NO_POD_MS = 700;
const LONGEST_NO_POD_MS = 5_000;
/** Between two tries to read a log. */
const FIRST_MS = 100;
const LONGEST_MS = 5_000;
/** A server that has just begun does not know yet who may do what. */
const REFUSED_MS = 15_000;
/** How long a pod that is taken away may take until it is gone, before it is not known whether it ran: a node that pulls its image ends that first. */
const LEAVING_MS = 20_000;

/** What ends a Job's command where it runs. */
export interface JobSignals {
  /** Ends all of it: killSignal, and SIGKILL after the grace. */
  end(pod: string): Promise<void>;
  /** Sends a signal to the command's process group. */
  signal(pod: string, signal: Signal): Promise<void>;
  /** Gives it its stdin; false where not all of it came. */
  feed(pod: string, input: Uint8Array, signal: AbortSignal): Promise<boolean>;
  /** Reads its spools from these bytes on. */
  read(pod: string, from: Readonly<Record<StreamName, number>>, signal: AbortSignal): Promise<ExecSocket>;
  /** What its spools have was taken. */
  taken(pod: string): Promise<void>;
}

export interface FollowedJobParts {
  readonly api: KubeApi;
  readonly job: Job;
  readonly pods: Watch<Pod>;
  readonly image: string;
  readonly signals: JobSignals;
  /** Absent where it is attached to. */
  readonly request?: Pick<ProcessRequest, 'command' | 'cwd' | 'shell' | 'limits' | 'input'>;
  /** How many bytes at the beginning of each stream are not wanted. */
  readonly from?: Readonly<Record<StreamName, number>>;
}

/** The command of a Job, as far as its pod's log and its state tell. */
export class FollowedJob implements DriverProcess {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly exit: Promise<ProcessExit>;
  readonly delivered: Promise<void>;
  /** Rejects with `NotStarted`, or with why nobody knows whether it started. */
  readonly started: Promise<void>;
  /** What it waits for, in the cluster's words. */
  waitsFor: string | undefined;
  readonly #parts: FollowedJobParts;
  readonly #output: JobOutput;
  readonly #reader: LogReader;
  readonly #pod = new JobPod();
  readonly #starting = Promise.withResolvers<void>();
  readonly #exit = Promise.withResolvers<ProcessExit>();
  readonly #stopping = new AbortController();
  /** Its node was lost, and its log with it. */
  readonly #lost = new AbortController();
  readonly #feeding = new AbortController();
  readonly #unwatch: () => void;
  #isFollowing = false;
  #isRunning = false;
  #isGone = false;
  #hasLeft = false;
  #isEnding = false;
  #isRefused = false;
  #isGivenUp = false;
  #isLosing = false;
  /** Its log says that it did not start. */
  #saysRefused = false;
  /** Its log has no more to say. */
  #isConcluded = false;
  #end: LogEnd | undefined;

  constructor(parts: FollowedJobParts) {
    this.#parts = parts;
    this.#output = new JobOutput(parts.from);
    this.stdout = this.#output.stdout;
    this.stderr = this.#output.stderr;
    this.delivered = this.#output.delivered;
    this.started = this.#starting.promise;
    this.exit = this.#exit.promise;
    this.started.catch(() => {});
    this.exit.catch(() => {});
    this.#reader = new LogReader(parts.job.nonce, {
      onWords: (words) => this.#hear(words),
      onData: (stream, data) => this.#output.give(stream, data),
      onEnd: (stream, end) => this.#streamOver(stream, end),
    });
    this.#unwatch = parts.pods.on(parts.job.uid, (pod, last) => this.#see(pod, last));
    const known = parts.pods.get(parts.job.uid);
    if (known) this.#see(known, undefined);
    void this.#awaitPod();
  }

  readonly kill = async (signal: Signal | 'SIG0', scope: 'group' | 'tree'): Promise<boolean> => {
    const pod = this.#pod.name;
    // What it left at its end is ended where it runs.
    if (this.#end) return signal === 'SIG0' ? !this.#isGone : this.#hasLeft && !this.#isGone;
    if (signal === 'SIG0' || this.#isGone || pod === undefined) return !this.#isGone;
    this.#output.readOn();
    if (scope === 'group') {
      await this.#parts.signals.signal(pod, signal);
      return true;
    }
    await this.#endOnce(pod);
    return true;
  };

  readonly dropped = async (stream: StreamName): Promise<number> => this.#output.omitted(stream) + this.#reader.missing(stream);

  letGo(reason: string): void {
    this.#fail(new Error(reason));
    this.#close();
  }

  /** The start is given up: takes the Job away, and says whether anything of it ran. */
  async giveUp(): Promise<Error> {
    const { job } = this.#parts;
    if (!job.isMade) {
      this.letGo('it was submitted by another client as well');
      return new Error('it was submitted by another client as well, for whom it goes on');
    }
    this.#isGivenUp = true;
    try {
      await job.remove();
      if (await this.#ranNothing()) return new NotStarted(new ExecError('EXEC_CLOSED', 'The start was given up, and nothing ran.'));
    } catch (cause) {
      return new Error(`its Job could not be removed (${String(cause)}); what runs ends at its deadline`, { cause });
    } finally {
      this.#close();
    }
    return new Error('the start was given up, and its pod may have run by then; it was removed');
  }

  /** Once its Job and its Secret are removed: a pod that comes still finds nothing to run. */
  async #ranNothing(): Promise<boolean> {
    if (!this.#pod.pod && !(await this.#parts.job.hasPods())) return true;
    const late = delay(LEAVING_MS, 'late' as const, { ref: false });
    while (!this.#isRunning && !this.#isConcluded && !this.#certainlyRanNothing())
      if ((await Promise.race([this.#pod.change(), late])) === 'late') return false;
    return !this.#isRunning && this.#certainlyRanNothing();
  }

  /** Its log says so, or its pod is over before its container ran. */
  #certainlyRanNothing(): boolean {
    return this.#saysRefused || this.#pod.ranNothing;
  }

  /** Why a Job gets no pod is told by nothing that is watched. */
  async #awaitPod(): Promise<void> {
    const { job, pods } = this.#parts;
    const { signal } = this.#stopping;
    try {
      await pods.listed;
      for (let pause = NO_POD_MS; !this.#pod.pod && !signal.aborted; pause = Math.min(pause * 2, LONGEST_NO_POD_MS)) {
        await Promise.race([delay(pause, undefined, { ref: false, signal }), this.#pod.change()]);
        if (this.#pod.pod || signal.aborted) return;
        const { gone, refused, failed } = await job.whyNoPod(signal);
        if (this.#pod.pod) return;
        if (refused !== undefined) this.waitsFor = printable(refused);
        if (gone) this.#refuse(cannotStart('its Job was removed'));
        else if (refused !== undefined) this.#refuse(podRefusal(refused));
        else if (failed !== undefined) this.#refuse(cannotStart(failed));
      }
    } catch (fault) {
      if (signal.aborted) return;
      // Who may not look cannot follow it either.
      if (isRefusal(fault, 401, 403, 404)) this.#refuse(clusterFault(fault));
      else void this.#awaitPod();
    }
  }

  /** It certainly does not start. */
  #refuse(error: ExecError): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    const { job } = this.#parts;
    if (!job.isMade) return this.#fail(new NotStarted(error));
    // One that has none yet may get its pod at the same moment.
    const isSure = this.#pod.pod !== undefined;
    job
      .remove()
      .then(async () => isSure || (await this.#ranNothing()))
      .then(
        (ranNothing) => this.#fail(ranNothing ? new NotStarted(error) : new Error('it was refused, and came to run meanwhile')),
        (fault: unknown) => this.#fail(new Error(`${error.message} Its Job could not be removed: ${String(fault)}`)),
      );
  }

  #see(seen: Pod | undefined, last: Pod | undefined): void {
    this.#pod.see(seen, last);
    const { pod } = this.#pod;
    if (!pod) return;
    if (hasRun(pod)) this.#followSoon();
    if (takenAway(pod)?.cause === 'node-lost') void this.#loseSoon();
    // How it looks while it is taken away is no news.
    if (this.#isGivenUp && !this.#isFollowing) return;
    const fault = this.#isFollowing || this.#isRefused ? undefined : startFault(pod, CONTAINER, this.#parts.image);
    if (fault) return this.#refuse(fault);
    if (this.#isFollowing) this.waitsFor = undefined;
    else if (this.#pod.isRemoved) this.#refuse(cannotStart(takenAway(pod)?.reason ?? 'its pod was removed'));
    else this.waitsFor = waitsFor(pod);
    if (this.#pod.isOver) this.#leave();
  }

  async #loseSoon(): Promise<void> {
    if (this.#isLosing || this.#pod.pod?.metadata.deletionTimestamp === undefined) return;
    this.#isLosing = true;
    if (!(await this.#pod.isLost(this.#parts.api.now, this.#stopping.signal))) return;
    this.#lost.abort();
    this.#pod.tellChange();
  }

  #followSoon(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    void this.#follow();
    void this.#feed();
    void this.#readSpools();
  }

  async #readSpools(): Promise<void> {
    const { signals, job } = this.#parts;
    const { name: pod } = this.#pod;
    if (!job.isSpooled || pod === undefined || this.#pod.isOver) return;
    const { signal } = this.#stopping;
    await readSpools({ signals, pod, reader: this.#reader, taken: () => this.#output.taken(), isOver: () => this.#output.isOver, signal });
  }

  /** It waits for that before it starts. */
  async #feed(): Promise<void> {
    const { request, signals, job } = this.#parts;
    const { name: pod } = this.#pod;
    if (!request?.input || !isFed(request) || pod === undefined || this.#pod.isOver) return;
    try {
      await feedInput(signals, pod, request.input, this.#feeding.signal);
    } catch (fault) {
      // Whoever made it may do so.
      if (!this.#feeding.signal.aborted && job.isMade) this.#refuse(noFeeding(fault));
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    let refusedAt: number | undefined;
    for (let tries = 0; !signal.aborted && !this.#lost.signal.aborted; tries += 1) {
      // What is read from here on is all that there is.
      const isLast = this.#pod.isOver;
      try {
        if (await this.#read(!isLast)) tries = 0;
        if (this.#reader.isWaiting) continue;
        if (isLast || this.#output.isOver) break;
      } catch (fault) {
        if (signal.aborted) return;
        refusedAt = isRefusal(fault, 401, 403) ? (refusedAt ?? performance.now()) : undefined;
        if (refusedAt !== undefined && performance.now() - refusedAt > REFUSED_MS) return this.#fail(clusterFault(fault));
        if (isRefusal(fault, 404) && this.#pod.isRemoved) break;
      }
      const pause = delay(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 8)), undefined, { ref: false });
      await Promise.race([pause, this.#pod.change()]);
    }
    await this.#conclude();
  }

  /** One reading of the log. Returns whether anything came. */
  async #read(follow: boolean): Promise<boolean> {
    const { api, job } = this.#parts;
    const path = `${podsPath(job.namespace, this.#pod.name)}/log`;
    const signal = AbortSignal.any([this.#stopping.signal, this.#lost.signal]);
    const response = await api.open({ path, query: { container: CONTAINER, follow }, signal });
    let came = false;
    this.#reader.again();
    for await (const chunk of response as AsyncIterable<Buffer>) {
      came = true;
      this.#reader.hear(chunk);
      if (this.#reader.isWaiting) break;
      await this.#output.taken();
    }
    return came;
  }

  #hear([word, ...rest]: readonly string[]): void {
    this.#feeding.abort();
    if (word === 'started') {
      this.#isRunning = true;
      this.#starting.resolve();
      return;
    }
    if (word === 'lost') return this.#fail(new Error('what ran it in its pod was ended, by the command for all one can know'));
    this.#saysRefused = true;
    this.#pod.tellChange();
    if (this.#isGivenUp) return;
    const what = rest[0] ?? '';
    const error =
      what === 'ended'
        ? cannotStart('its pod was taken away')
        : what === 'input'
          ? cannotStart('its stdin did not come within its timeoutMs')
          : (toolFault(what, this.#parts.image) ?? refusalOf(what, this.#parts.request));
    this.#refuse(error);
  }

  #streamOver(stream: StreamName, end: LogEnd): void {
    if (!this.#end) {
      this.#end = end;
      this.#hasLeft = end.hasLeft;
      void this.#tellExit(end);
    }
    this.#output.end(stream);
    if (this.#output.isOver && this.#parts.job.isMade) void this.#parts.job.removeSecret().catch(() => {});
  }

  async #tellExit(end: LogEnd): Promise<void> {
    const away = end.how === 'removed' ? await this.#pod.whoTookIt() : undefined;
    this.#exit.resolve({ ...exitByLog(end), ...away });
  }

  /** The log has no more to say. */
  async #conclude(): Promise<void> {
    this.#isConcluded = true;
    this.#pod.tellChange();
    if (this.#output.isOver) return this.#leave();
    // Its Job is being removed, and that it did not start is told then.
    if (this.#isRefused) return;
    if (!this.#isRunning)
      this.#starting.reject(new Error(`its log does not say whether it started${this.#pod.pod ? '' : ', and its pod is gone'}`));
    const exit = exitByState(this.#pod.pod);
    // What came is right as far as it goes; how much more there was nobody knows.
    if (this.#end) this.#exit.reject(new Error('a part of its output was lost with its log'));
    else this.#exit.resolve(exit);
    this.#leave();
  }

  async #endOnce(pod: string): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const { signals, job } = this.#parts;
    // Taking the Job away ends it as well, with its log soon after.
    await signals.end(pod).catch(() => job.remove());
  }

  #leave(): void {
    this.#isGone = true;
    if (this.#output.isOver || !this.#isFollowing) this.#close();
  }

  /** Does nothing once the end is known. */
  #fail(fault: Error): void {
    this.#starting.reject(fault);
    this.#exit.reject(fault);
    this.#close();
  }

  #close(): void {
    this.#stopping.abort(new Error('it is not followed any more'));
    this.#feeding.abort();
    this.#unwatch();
    this.#pod.tellChange();
    this.#output.close();
  }
}
