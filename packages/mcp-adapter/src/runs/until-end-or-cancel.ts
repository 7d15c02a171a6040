import type { LiveJob } from '../jobs/live-job.ts';
import { until } from '../jobs/until.ts';
import { type Asked, cancelSignals } from './asked.ts';

const never: AbortSignal = new AbortController().signal;

/**
 * Waits for its end, or until the wait is over: then it is a job that goes on. A cancel ends it with all that it started, which is
 * waited for; others that sent the same call keep it.
 */
export async function untilEndOrCancel(job: LiveJob, { call, submission }: Asked, over: AbortSignal): Promise<void> {
  const { session } = submission;
  const ended = job.ended.catch(() => {});
  let isCancelled = false;
  const onCancel = (): void => {
    if (isCancelled) return;
    isCancelled = true;
    job.release(cancels.find(({ aborted }) => aborted)?.reason);
  };
  const cancels = cancelSignals({ call, submission });
  for (const cancel of cancels) cancel.addEventListener('abort', onCancel, { once: true });
  try {
    if (cancels.some(({ aborted }) => aborted)) onCancel();
    // Nobody reads the answer to a response that was closed.
    await Promise.race([until(ended, over), ...(cancels.length === 0 ? [until(ended, call.signal)] : [])]);
    if (job.isStopping || (!isCancelled && session?.takeBack(job))) await until(ended, never);
    else if (!isCancelled && !job.hasEnded) await job.keep();
  } finally {
    for (const cancel of cancels) cancel.removeEventListener('abort', onCancel);
  }
}
