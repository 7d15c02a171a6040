import type { FoundJob } from './found-job.ts';
import type { Jobs } from './jobs.ts';
import { notFound } from './not-found.ts';

/** What tools that are about jobs see of them. */
export type SeenJobs = Pick<Jobs, 'find' | 'list' | 'closing'>;

/** The jobs that run, or ran, on targets of some names, whether there are such any more: to who may see no other, the others are as jobs that never were. */
export function jobsOn(jobs: Jobs, names: readonly string[]): SeenJobs {
  const isSeen = ({ record }: FoundJob): boolean => names.includes(record.target);
  return {
    find: async (owner, jobId) => {
      const found = await jobs.find(owner, jobId);
      if (isSeen(found)) return found;
      throw notFound(jobId);
    },
    list: async (owner) => (await jobs.list(owner)).filter(isSeen),
    closing: jobs.closing,
  };
}
