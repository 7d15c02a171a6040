import type { DetachedExecution } from '@errand/core';
import { DetachedJob } from './detached-job.ts';
import type { FoundJob } from './found-job.ts';
import { mayRun } from './job-host.ts';
import type { JobRecord } from './job-record.ts';
import type { JobSpace } from './job-space.ts';
import type { Offered } from './offered.ts';
import type { Owner } from './owner.ts';
import { isExpired } from './retention.ts';
import { RunningHere } from './running-here.ts';
import { StoredJob } from './stored-job.ts';

/** Asks a target, by its name, for what is detached there. */
type ListDetached = (target: string) => Promise<readonly DetachedExecution[]>;

/** How long targets may take to say which of their jobs still run, when all are listed. */
const LIST_MS = 10_000;

/** Finds the jobs of an owner: those that run here, those that run on their own, and those that are over. */
export class JobFinder {
  readonly #offered: Offered;
  readonly #space: JobSpace;

  constructor(offered: Offered, space: JobSpace) {
    this.#offered = offered;
    this.#space = space;
  }

  /** Nothing where there is none, also where it is another's. */
  async find(owner: Owner, jobId: string): Promise<FoundJob | undefined> {
    const live = this.#space.live.get(jobId);
    if (live?.owner.id === owner.id && live.isJob) return new RunningHere(live);
    return await this.stored(owner, jobId);
  }

  /** The same without those that run here. */
  async stored(owner: Owner, jobId: string): Promise<FoundJob | undefined> {
    const record = await this.#space.store.load(owner, jobId);
    return record && this.#toFound(owner, record);
  }

  /** The newest first. */
  async list(owner: Owner): Promise<FoundJob[]> {
    const live = [...this.#space.live.values()].filter((job) => job.owner.id === owner.id && job.isJob);
    const ids = new Set(live.map(({ record }) => record.id));
    const stored = (await this.#space.store.list(owner)).filter(({ id }) => !ids.has(id));
    const list = onceEach((target) => this.#listDetached(target, AbortSignal.timeout(LIST_MS)));
    const found = [...live.map((job) => new RunningHere(job)), ...stored.map((record) => this.#toFound(owner, record, list))];
    return found.filter((job) => job !== undefined).sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  }

  detached(owner: Owner, record: JobRecord, list: ListDetached = (target) => this.#listDetached(target)): DetachedJob {
    return new DetachedJob({
      record,
      list: () => list(record.target),
      executor: () => this.#offered.targets.resolve(record.target).executor,
      starting: this.#space.starting.get(record.id),
      onEnd: async (ended) => {
        // Where it cannot be written down, whoever asks next learns it again.
        await this.#space.store.save(owner, ended).catch(() => {});
        this.#space.retention.ended(owner, 0);
      },
    });
  }

  /** Nothing for one that another server runs: that one alone can say more of it. */
  #toFound(owner: Owner, record: JobRecord, list?: ListDetached): FoundJob | undefined {
    if (isExpired(record)) return undefined;
    if (record.background) return this.detached(owner, record, list);
    if (record.end || !mayRun(record.host)) return new StoredJob(record, this.#space.store.directory(owner, record.id));
    return undefined;
  }

  async #listDetached(target: string, signal?: AbortSignal): Promise<readonly DetachedExecution[]> {
    return await this.#offered.targets.resolve(target).executor.listDetached(signal && { signal });
  }
}

/** Where a job stands in the list: the greater, the newer. */
export function placeOf({ record }: FoundJob): string {
  return `${record.startedAt} ${record.id}`;
}

function onceEach(list: ListDetached): ListDetached {
  const asked = new Map<string, Promise<readonly DetachedExecution[]>>();
  return (target) => {
    const answer = asked.get(target) ?? list(target);
    asked.set(target, answer);
    return answer;
  };
}
