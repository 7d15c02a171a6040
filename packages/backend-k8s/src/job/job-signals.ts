import type { Signal } from '@errand/core';
import type { StreamName } from '@errand/core/frames';
import { orAborted } from '@errand/core/waiting';
import type { KubeApi } from '../api/kube-api.ts';
import { ExecSocket } from '../exec/exec-socket.ts';
import { podsPath } from '../pod/owner.ts';
import { CONTAINER } from '../pod/pod-template.ts';
import type { JobSignals } from './followed-job.ts';
import { asked } from './job-manifest.ts';

/** For a node that takes the question. */
const ANSWER_MS = 10_000;

/** By a process of its own in the pod's container. */
export class JobExecs implements JobSignals {
  readonly #api: KubeApi;
  readonly #namespace: string;

  constructor(api: KubeApi, namespace: string) {
    this.#api = api;
    this.#namespace = namespace;
  }

  end(pod: string): Promise<void> {
    return this.#run(pod, 'end', 'cancelled');
  }

  async feed(pod: string, input: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const socket = await ExecSocket.open(this.#api, this.#path(pod), CONTAINER, { command: asked('input') }, signal);
    for (const stream of [socket.stdout, socket.stderr]) stream.resume();
    socket.stdin.end(input);
    const { status } = await orAborted(socket.status, signal).finally(() => socket.destroy());
    return status === 'Success';
  }

  read(pod: string, from: Readonly<Record<StreamName, number>>, signal: AbortSignal): Promise<ExecSocket> {
    const command = asked('read', String(from.stdout), String(from.stderr));
    return ExecSocket.open(this.#api, this.#path(pod), CONTAINER, { command }, signal);
  }

  taken(pod: string): Promise<void> {
    return this.#run(pod, 'taken');
  }

  signal(pod: string, signal: Signal): Promise<void> {
    return this.#run(pod, 'signal', signal.slice(3));
  }

  #path(pod: string): string {
    return `${podsPath(this.#namespace, pod)}/exec`;
  }

  /** Whoever is ended takes the one with it that ends it: its container is over then. So all that is to be known is that it was begun. */
  async #run(pod: string, ...words: readonly string[]): Promise<void> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const socket = await ExecSocket.open(this.#api, this.#path(pod), CONTAINER, { command: asked(...words) }, signal);
    for (const stream of [socket.stdout, socket.stderr]) stream.resume();
    socket.stdin.end();
    if (words[0] === 'end') {
      void socket.status.catch(() => {}).finally(() => socket.destroy());
      return;
    }
    await orAborted(
      socket.status.catch(() => {}),
      signal,
    ).finally(() => socket.destroy());
  }
}
