import { mayRun } from './job-host.ts';
import type { JobRecord } from './job-record.ts';
import type { JobStore } from './job-store.ts';
import type { Owner } from './owner.ts';

/** Jobs of one owner that are kept when they have ended; of more the oldest are removed. */
const MAX_ENDED = 1_000;
/** Of more than this many outputs of the largest size the oldest are removed, too. */
const MAX_FULL_OUTPUTS = 16;
/** After so many ended jobs, or full outputs, it is looked whether there are too many. */
const LOOK_AFTER_JOBS = 50;
const MIN_INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 600_000;
/** For how long a directory without a record may be one that is being made. */
const MAKING_MS = 3_600_000;

export interface RetentionParts {
  readonly store: JobStore;
  /** For those that have no record that says so themselves. */
  readonly ttlMs: number;
  /** Bytes of one output. */
  readonly maxBytes: number;
  readonly isLive: (jobId: string) => boolean;
}

/** Whether it may be read no more, as its record says. */
export function isExpired({ end, ttlMs }: JobRecord, now: number = Date.now()): boolean {
  return end !== undefined && Date.parse(end.at) + ttlMs < now;
}

/** Removes jobs that ended long ago, and the oldest of too many. What may still run, here or in another server, it leaves alone. */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> = Promise.resolve();
  #endedSince = 0;
  #bytesSince = 0;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    const interval = Math.min(Math.max(parts.ttlMs / 4, MIN_INTERVAL_MS), MAX_INTERVAL_MS);
    this.#timer = setInterval(() => this.sweep(), interval).unref();
  }

  /** Looks at all jobs. Never rejects. */
  sweep(): Promise<void> {
    return this.#alone(async () => {
      for (const owner of await this.#parts.store.owners()) await this.#sweepOwner(owner);
    });
  }

  /** A job of this owner has ended. */
  ended(owner: Pick<Owner, 'id'>, keptBytes: number): void {
    this.#endedSince += 1;
    this.#bytesSince += keptBytes;
    if (this.#endedSince < LOOK_AFTER_JOBS && this.#bytesSince < this.#parts.maxBytes) return;
    this.#endedSince = 0;
    this.#bytesSince = 0;
    void this.#alone(() => this.#sweepOwner(owner));
  }

  /** Resolves when nothing is being removed. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  #alone(work: () => Promise<void>): Promise<void> {
    // A fault of the file system leaves something that the next time finds.
    this.#looking = this.#looking.then(work).catch(() => {});
    return this.#looking;
  }

  async #sweepOwner(owner: Pick<Owner, 'id'>): Promise<void> {
    const { store, isLive } = this.#parts;
    const records = new Map((await store.list(owner)).map((record) => [record.id, record]));
    for (const id of await store.ids(owner)) {
      const record = records.get(id);
      if (!isLive(id) && (record === undefined ? await this.#isAbandoned(owner, id) : await this.#isOver(owner, record))) {
        await store.remove(owner, id);
        records.delete(id);
      }
    }
    await this.#removeSurplus(owner, [...records.values()]);
  }

  async #isAbandoned(owner: Pick<Owner, 'id'>, id: string): Promise<boolean> {
    return (await this.#parts.store.lastWrite(owner, id)) + MAKING_MS < Date.now();
  }

  async #isOver(owner: Pick<Owner, 'id'>, record: JobRecord): Promise<boolean> {
    if (record.end !== undefined) return isExpired(record);
    // A detached one may run as long as it likes, and for what nobody asked about its end its target forgets it by itself.
    const longest = record.background ? record.timeoutMs + record.ttlMs : record.ttlMs;
    const last = await this.#parts.store.lastWrite(owner, record.id);
    return last + longest < Date.now() && (record.background || !mayRun(record.host));
  }

  async #removeSurplus(owner: Pick<Owner, 'id'>, records: readonly JobRecord[]): Promise<void> {
    const ended = records.filter(({ end }) => end !== undefined).sort((a, b) => ((a.end?.at ?? '') < (b.end?.at ?? '') ? 1 : -1));
    let bytes = 0;
    for (const [i, { id, end }] of ended.entries()) {
      bytes += end?.keptBytes ?? 0;
      if (i >= MAX_ENDED || bytes > MAX_FULL_OUTPUTS * this.#parts.maxBytes) await this.#parts.store.remove(owner, id);
    }
  }
}
