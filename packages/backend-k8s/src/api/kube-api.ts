import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Access, K8sClient } from '../k8s-client.ts';
import { ClusterRefusal, isRefusal } from './cluster-refusal.ts';
import type { Status } from './kube-objects.ts';

/** How often what does no harm is asked again, and how long it is waited for at first and at most. */
const TRIES = 5;
const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** What is asked of the cluster. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root: `/api/v1/namespaces/x/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
  readonly contentType?: string;
  readonly signal: AbortSignal;
  /**
   * Whether asking twice does what asking once does: then a lost answer and one of status 5xx are followed by another try. Default: for `GET`,
   * `PUT` and `DELETE`. One of status 429 was not looked at, and is tried again in any case.
   */
  readonly isHarmless?: boolean;
}

/** The API of one cluster, in plain calls. */
export class KubeApi {
  readonly #client: K8sClient;
  readonly #closing = new AbortController();
  #clockAheadMs = 0;

  constructor(client: K8sClient) {
    this.#client = client;
  }

  /** The cluster's time, in milliseconds since 1970, as far as its last answer told: a second or so exact. */
  get now(): number {
    return Date.now() + this.#clockAheadMs;
  }

  /** Who asks; what needs a connection of its own begins with it. */
  access(options?: { readonly isRefused?: boolean }): Promise<Access> {
    return this.#client.access(options);
  }

  get<T>(path: string, signal: AbortSignal, query: ApiRequest['query'] = {}): Promise<T> {
    return this.ask<T>({ path, query, signal });
  }

  /** What is made has a name, by which it is found where the answer is lost. */
  create<T>(path: string, body: object, signal: AbortSignal): Promise<T> {
    return this.ask<T>({ method: 'POST', path, body, signal });
  }

  replace<T>(path: string, body: object, signal: AbortSignal): Promise<T> {
    return this.ask<T>({ method: 'PUT', path, body, signal });
  }

  /** A merge patch. */
  patch<T>(path: string, body: object, signal: AbortSignal): Promise<T> {
    return this.ask<T>({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json', signal });
  }

  /** What is not there is removed already. */
  async remove(path: string, signal: AbortSignal, body: object = {}): Promise<void> {
    await this.ask({ method: 'DELETE', path, body, signal }).catch((fault: unknown) => {
      if (!isRefusal(fault, 404)) throw fault;
    });
  }

  /** @throws ClusterRefusal, the reason of `signal`, or what the connection's fault is */
  async ask<T>(asked: ApiRequest): Promise<T> {
    const response = await this.open(asked);
    const said = await text(response).catch((fault: unknown) => {
      asked.signal.throwIfAborted();
      throw fault;
    });
    return JSON.parse(said) as T;
  }

  /** The answer as it comes: of a log, or a watch. Destroying it closes the connection. */
  async open(asked: ApiRequest): Promise<IncomingMessage> {
    const { method = 'GET', isHarmless = method === 'GET' || method === 'PUT' || method === 'DELETE' } = asked;
    const signal = AbortSignal.any([asked.signal, this.#closing.signal]);
    let isRefused = false;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#send({ ...asked, method, signal }, await this.access({ isRefused }));
      } catch (fault) {
        signal.throwIfAborted();
        const isUnknown = isRefusal(fault, 401) && !isRefused;
        if (!(isUnknown || (tries < TRIES && mayTryAgain(fault, isHarmless)))) throw fault;
        if (isUnknown) isRefused = true;
        else await delay(pauseAfter(fault, tries), undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
      }
    }
  }

  close(): void {
    this.#closing.abort(new Error('the executor is closed'));
    this.#client.close();
  }

  #send(
    { method, path, query = {}, body, contentType = 'application/json', signal }: ApiRequest,
    access: Access,
  ): Promise<IncomingMessage> {
    const { server, headers, auth, agent } = access;
    const url = urlOf(server, path, query);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const given = payload ? { 'content-type': contentType, 'content-length': payload.length } : {};
    const send = server.protocol === 'http:' ? httpRequest : httpsRequest;
    const sent = send(url, { method, agent, headers: { accept: 'application/json', ...given, ...headers }, ...(auth && { auth }) });
    sent.on('error', reject);
    // Not by Node's own `signal`: its AbortError was seen to come of a stream that nobody listened to, which ends the process.
    const abort = (): void => {
      reject(signal.reason);
      sent.destroy();
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    sent.once('close', () => signal.removeEventListener('abort', abort));
    sent.once('response', (response) => {
      const { statusCode = 0, headers: answered } = response;
      const date = Date.parse(answered.date ?? '');
      if (!Number.isNaN(date)) this.#clockAheadMs = date - Date.now();
      if (statusCode < 300) resolve(response.on('error', () => {}));
      else refusalOf(statusCode, answered['retry-after'], response).then(reject, reject);
    });
    sent.end(payload);
    return promise;
  }
}

/** Below whatever path the cluster's server has, as behind a proxy for many. */
export function urlOf(server: URL, path: string, query: NonNullable<ApiRequest['query']>): URL {
  const url = new URL(server);
  url.pathname = `${server.pathname.replace(/\/$/, '')}${path}`;
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.append(name, String(value));
  return url;
}

/** What an answer says that is none. */
export async function refusalOf(code: number, retryAfter: string | undefined, response: IncomingMessage): Promise<ClusterRefusal> {
  const said = await text(response).catch(() => '');
  const seconds = Number(retryAfter);
  const retryAfterMs = retryAfter !== undefined && Number.isFinite(seconds) ? seconds * 1_000 : undefined;
  return new ClusterRefusal(code, statusOf(said), retryAfterMs);
}

function statusOf(said: string): Status {
  try {
    const status: unknown = JSON.parse(said);
    if (typeof status === 'object' && status !== null) return status;
  } catch {
    // As something between here and the cluster answers it.
  }
  return said.trim() === '' ? {} : { message: said.trim().slice(0, 1_000) };
}

function mayTryAgain(fault: unknown, isHarmless: boolean): boolean {
  if (fault instanceof ClusterRefusal) return fault.code === 429 || (isHarmless && fault.code >= 500 && fault.code !== 501);
  const code = Reflect.get(Object(fault), 'code');
  // Nothing was sent.
  if (code === 'ECONNREFUSED') return true;
  return isHarmless && (code === 'ECONNRESET' || code === 'EPIPE');
}

function pauseAfter(fault: unknown, tries: number): number {
  const asked = fault instanceof ClusterRefusal ? fault.retryAfterMs : undefined;
  return Math.min(LONGEST_MS, asked ?? FIRST_MS * 2 ** (tries - 1) * (1 + Math.random()));
}
