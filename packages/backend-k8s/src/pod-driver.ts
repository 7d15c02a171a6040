import { setTimeout as delay } from 'node:timers/promises';
import {
  type ByteChannel,
  type Driver,
  type DriverProcess,
  type DriverPty,
  type DriverSupports,
  isExecError,
  NotStarted,
  type ProcessExit,
  type ProcessRequest,
  type PtyRequest,
  scriptLine,
} from '@errand/core';
import { type ExecChannel, toShell } from '@errand/core/container';
import { AtMost, SharedLook } from '@errand/core/waiting';
import { isRefusal } from './api/cluster-refusal.ts';
import type { Cluster } from './cluster.ts';
import { type ExecJudge, type ExecLine, type ExecPlace, ExecRefused, openLine } from './exec/exec-channel.ts';
import { SocketLost } from './exec/exec-socket.ts';
import { openTerminal } from './exec/exec-terminal.ts';
import { HeldEnds } from './exec/held-ends.ts';
import { lookInside } from './exec/look-inside.ts';
import { clusterFault, noShell } from './k8s-errors.ts';
import { podsPath } from './pod/owner.ts';
import type { PodSource, RunningPod } from './pod/pod-source.ts';
import { whenEnded } from './pod/when-ended.ts';

/** A shell whose script is all of its input. */
const LINE_WITHOUT_INPUT = scriptLine();
/** The supervisor of a pod in which nothing runs ends after this. */
const IDLE_MS = 60_000;
/** For a node to start a process: one that is busy takes its time. */
const START_MS = 120_000;
/** So many are opened at a time: a node that has to start more at once takes longer for each, and for all of them. */
const OPENINGS = 8;
/** How often a line is opened whose node, or what leads to it, is not there for a moment; and how much later each time. */
const TRIES = 6;
const AGAIN_MS = 250;
/** 128 + SIGKILL. */
const KILLED = 137;

/** Lines and shells in one pod; core does the rest. */
export class PodDriver implements Driver {
  readonly supports: DriverSupports;
  readonly idleMs: number = IDLE_MS;
  readonly #cluster: Cluster;
  readonly #pod: PodSource;
  readonly #openings = new AtMost(OPENINGS);
  #looks: { readonly id: string; readonly inside: SharedLook<string | undefined>; readonly heldEnds: HeldEnds } | undefined;

  constructor(cluster: Cluster, pod: PodSource, supports: DriverSupports) {
    this.#cluster = cluster;
    this.#pod = pod;
    this.supports = supports;
  }

  get waitsFor(): string | undefined {
    return this.#pod.waitsFor;
  }

  async start({ line = '' }: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const { stdin, stdout, stderr, exit, delivered, look } = await this.#open(
      { text: line, hasInput: line !== LINE_WITHOUT_INPUT },
      signal,
    ).catch((fault: unknown) => {
      throw new NotStarted(clusterFault(fault));
    });
    return { stdin, stdout, stderr, exit, delivered, look };
  }

  async openShell(signal: AbortSignal): Promise<ByteChannel> {
    return toShell(await this.#open({ text: LINE_WITHOUT_INPUT, hasInput: false }, signal));
  }

  async openPty(request: PtyRequest, signal: AbortSignal): Promise<DriverPty> {
    return this.#in(signal, (place, judge, bounded) => openTerminal(place, request, judge, bounded));
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.#told(signal, () => this.#pod.check(signal));
  }

  async close(): Promise<void> {
    await this.#pod.close();
    this.#cluster.close();
  }

  #open(line: ExecLine, signal: AbortSignal): Promise<ExecChannel> {
    return this.#in(signal, (place, judge, bounded) => openLine(place, line, judge, bounded));
  }

  /** A line does nothing by itself: until it is fed, nothing was started, whatever became of it. So it may be asked for again. */
  async #in<T>(signal: AbortSignal, open: (place: ExecPlace, judge: ExecJudge, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#told(signal, async () => {
      for (let tries = 1; ; tries += 1) {
        const pod = await this.#pod.ready(signal);
        try {
          return await this.#openings.run(() => open(this.#place(pod), this.#judge(pod), bounded(signal)), signal);
        } catch (fault) {
          signal.throwIfAborted();
          if (isWithoutShell(fault)) throw noShell(`the container '${pod.container}' of the pod '${pod.name}'`);
          if (tries === TRIES) throw fault;
          // A node that has just begun knows no pod yet: what has become of it the cluster knows.
          if (await this.#isGone(pod, signal)) this.#pod.lost(pod);
          else if (mayPass(fault)) await delay(AGAIN_MS * tries, undefined, { signal, ref: false });
          else throw fault;
        }
      }
    });
  }

  #place({ namespace, name, container }: RunningPod): ExecPlace {
    return { api: this.#cluster.api, path: `${podsPath(namespace, name)}/exec`, container };
  }

  /** The pod is not there, or does not run. */
  async #isGone(pod: RunningPod, signal: AbortSignal): Promise<boolean> {
    return (await this.#pod.endOf(pod, signal).catch(() => undefined)) !== undefined;
  }

  #judge(pod: RunningPod): ExecJudge {
    const beganAt = performance.now();
    return {
      heldEnds: this.#looksOf(pod).heldEnds,
      // All of a container's processes end like that when it does; and one of them where it has used too much memory.
      exitOf: async (exitCode) => {
        if (exitCode !== KILLED) return { exitCode };
        const inside = await this.#lookInto(pod);
        if (inside === undefined) return (await this.#endOf(pod)) ?? { exitCode };
        return { exitCode, ...(this.#pod.ranOutOfMemory(pod, inside, beganAt) && { outOfMemory: true }) };
      },
      lost: async () => ((await this.#lookInto(pod)) === undefined ? this.#endOf(pod) : undefined),
    };
  }

  /** What is known of its end may come a moment after what ended with it. */
  #endOf(pod: RunningPod): Promise<ProcessExit | undefined> {
    return whenEnded((signal) => this.#pod.endOf(pod, signal));
  }

  #lookInto(pod: RunningPod): Promise<string | undefined> {
    return this.#looksOf(pod).inside.look();
  }

  /** Of what is asked of one pod. */
  #looksOf(pod: RunningPod): { readonly inside: SharedLook<string | undefined>; readonly heldEnds: HeldEnds } {
    if (this.#looks?.id === pod.id) return this.#looks;
    const place = this.#place(pod);
    this.#looks = { id: pod.id, inside: new SharedLook(() => lookInside(place)), heldEnds: new HeldEnds(place) };
    return this.#looks;
  }

  async #told<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (fault) {
      throw isExecError(fault) || signal.aborted ? fault : clusterFault(fault);
    }
  }
}

function bounded(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
}

/** As where a server on the way was started again. */
function mayPass(fault: unknown): boolean {
  if (fault instanceof ExecRefused || fault instanceof SocketLost) return true;
  if (isRefusal(fault)) return fault.code === 404 || fault.code === 429 || fault.code >= 500;
  return typeof Reflect.get(Object(fault), 'code') === 'string';
}

function isWithoutShell(fault: unknown): boolean {
  return fault instanceof ExecRefused && /\/bin\/sh.*no such file|executable file not found/s.test(fault.message);
}
