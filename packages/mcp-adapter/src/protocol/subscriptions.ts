import { bytesOf, type FoundJob } from '../jobs/found-job.ts';
import { until } from '../jobs/until.ts';
import { type JobStream, TARGETS_URI } from './resource-uri.ts';

/** A client is told of one resource no more often than this. */
const INTERVAL_MS = 1_000;
/** More than a client can look at. */
export const MAX_SUBSCRIPTIONS = 100;

/** What one client wants to be told of. */
export class Subscriptions {
  readonly #tell: (uri: string) => void;
  readonly #all = new Map<string, AbortController>();

  constructor(tell: (uri: string) => void) {
    this.#tell = tell;
  }

  get isFull(): boolean {
    return this.#all.size >= MAX_SUBSCRIPTIONS;
  }

  /** Tells when more was written, and when the job has ended, which is the last time. */
  follow(uri: string, job: FoundJob, stream: JobStream['stream']): void {
    const stop = this.#add(uri);
    this.#follow(uri, job, stream, stop.signal)
      .catch(() => {})
      .finally(() => {
        if (this.#all.get(uri) === stop) this.#all.delete(uri);
      });
  }

  followTargets(): void {
    this.#add(TARGETS_URI);
  }

  targetsChanged(): void {
    if (this.#all.has(TARGETS_URI)) this.#tell(TARGETS_URI);
  }

  end(uri: string): void {
    this.#all.get(uri)?.abort();
    this.#all.delete(uri);
  }

  close(): void {
    for (const uri of [...this.#all.keys()]) this.end(uri);
  }

  #add(uri: string): AbortController {
    this.end(uri);
    const stop = new AbortController();
    this.#all.set(uri, stop);
    return stop;
  }

  async #follow(uri: string, job: FoundJob, stream: JobStream['stream'], signal: AbortSignal): Promise<void> {
    let status = await job.status();
    while (status.state !== 'ended') {
      const told = bytesOf(status, stream);
      await job.waitBeyond(stream, told, signal);
      status = await job.status();
      // Of a stream that has ended the job may go on.
      if (bytesOf(status, stream) === told && status.state !== 'ended') await job.waitEnd(signal);
      status = await job.status();
      if (signal.aborted) return;
      if (bytesOf(status, stream) > told || status.state === 'ended') this.#tell(uri);
      if (status.state !== 'ended') await pause(signal);
    }
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, INTERVAL_MS).unref();
  await until(promise, signal);
  clearTimeout(timer);
}
