import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { isRefusal } from './cluster-refusal.ts';
import type { KubeApi } from './kube-api.ts';
import type { KubeList, KubeObject, Status } from './kube-objects.ts';
import { linesOf } from './lines-of.ts';

/** For how long the cluster is asked to keep one up: it sends a mark every minute, so one that is silent for longer is broken. */
const WATCH_SECONDS = 290;
const SILENT_MS = 150_000;
/** Between two tries, at first and at most. */
const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** How an object is now, or undefined where it is gone; and how it was seen last. */
export type Listener<T> = (object: T | undefined, last: T | undefined) => void;

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/**
 * All objects of one kind with some labels, as they change: one connection, whoever asks for which of them. It is up while somebody listens. One that ends
 * goes on where it was; where the cluster has forgotten that, all is listed anew, and what went meanwhile is told as gone.
 */
export class Watch<T extends KubeObject> {
  readonly #api: KubeApi;
  readonly #path: () => Promise<string>;
  readonly #query: Readonly<Record<string, string>>;
  readonly #nameOf: (object: T) => string;
  readonly #objects = new Map<string, T>();
  readonly #listeners = new Map<string, Set<Listener<T>>>();
  #running: AbortController | undefined;
  #listed = Promise.withResolvers<void>();
  #version: string | undefined;

  /**
   * @param path Of the collection, such as `/api/v1/namespaces/x/pods`.
   * @param nameOf By what an object is asked for here. Default: its name.
   */
  constructor(
    api: KubeApi,
    path: () => Promise<string>,
    query: Readonly<Record<string, string>> = {},
    nameOf: (object: T) => string = ({ metadata: { name = '' } }) => name,
  ) {
    this.#api = api;
    this.#path = path;
    this.#query = query;
    this.#nameOf = nameOf;
    this.#listed.promise.catch(() => {});
  }

  /** Tells of changes of the object with this name, the next one first; what is returned ends that. */
  on(name: string, listener: Listener<T>): () => void {
    const others = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, others.add(listener));
    this.#begin();
    return () => {
      others.delete(listener);
      if (others.size === 0 && this.#listeners.get(name) === others) this.#listeners.delete(name);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** Resolves once it is known what there is; rejects where the cluster refuses to tell. For who listens. */
  get listed(): Promise<void> {
    return this.#listed.promise;
  }

  /** As it was seen last. */
  get(name: string): T | undefined {
    return this.#objects.get(name);
  }

  close(): void {
    this.#running?.abort(new Error('the watch is closed'));
    this.#running = undefined;
    this.#version = undefined;
    this.#objects.clear();
  }

  #begin(): void {
    if (this.#running) return;
    this.#running = new AbortController();
    this.#listed = Promise.withResolvers<void>();
    this.#listed.promise.catch(() => {});
    void this.#run(this.#running.signal, this.#listed);
  }

  async #run(signal: AbortSignal, listed: PromiseWithResolvers<void>): Promise<void> {
    let tries = 0;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list(signal);
        listed.resolve();
        await this.#follow(signal);
        tries = 0;
      } catch (fault) {
        if (signal.aborted) return;
        if (isRefusal(fault, 410)) this.#version = undefined;
        else if (isRefusal(fault, 401, 403, 404)) listed.reject(fault);
        tries = Math.min(tries + 1, 7);
        await pause(FIRST_MS * 2 ** (tries - 1), signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { metadata, items } = await this.#api.get<KubeList<T>>(await this.#path(), signal, this.#query);
    if (signal.aborted) return;
    const gone = new Set(this.#objects.keys());
    for (const object of items) {
      gone.delete(this.#nameOf(object));
      this.#take(object);
    }
    for (const name of gone) this.#forget(name);
    this.#version = metadata.resourceVersion;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const query = { ...this.#query, watch: true, allowWatchBookmarks: true, resourceVersion: this.#version, timeoutSeconds: WATCH_SECONDS };
    const response = await this.#api.open({ path: await this.#path(), query, signal });
    response.socket.unref();
    const timer = setTimeout(() => response.destroy(), SILENT_MS).unref();
    try {
      await linesOf(response, (line) => {
        timer.refresh();
        if (!signal.aborted) this.#hear(JSON.parse(line) as WatchEvent<T>, response);
      });
    } finally {
      clearTimeout(timer);
      response.destroy();
    }
  }

  #hear({ type, object }: WatchEvent<T>, response: IncomingMessage): void {
    if (type === 'ERROR') {
      // Of which the cluster has no more than a code: what it means is told by the list.
      this.#version = undefined;
      response.destroy(new Error((object as Status).message));
      return;
    }
    this.#version = object.metadata.resourceVersion ?? this.#version;
    if (type === 'DELETED') this.#forget(this.#nameOf(object), object);
    else if (type !== 'BOOKMARK') this.#take(object);
  }

  #take(object: T): void {
    const name = this.#nameOf(object);
    const last = this.#objects.get(name);
    // Another one of the same name took its place meanwhile.
    if (last && last.metadata.uid !== object.metadata.uid) this.#forget(name);
    this.#objects.set(name, object);
    this.#tell(name, object, last);
  }

  #forget(name: string, final?: T): void {
    const last = final ?? this.#objects.get(name);
    this.#objects.delete(name);
    this.#tell(name, undefined, last);
  }

  #tell(name: string, object: T | undefined, last: T | undefined): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(object, last);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(Math.min(LONGEST_MS, ms) * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => {});
}
