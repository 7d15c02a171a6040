import type { Call } from '../call.ts';
import type { Submission } from '../jobs/submission.ts';
import type { ShowOptions } from '../tools/run-command-result.ts';

/** One call that wants a command run. */
export interface Asked {
  readonly call: Call;
  readonly submission: Submission;
  readonly show: ShowOptions;
  /** For how long the call waits for its end: then it is a job that goes on. */
  readonly waitMs: number;
}

/** Under a key, a closed response may be a broken connection whose client will ask again: the command goes on for it. */
export function cancelSignals({ call, submission }: Pick<Asked, 'call' | 'submission'>): readonly AbortSignal[] {
  const { abortIsAmbiguous, signal, connection } = call;
  if (abortIsAmbiguous && submission.options.idempotencyKey !== undefined) return [];
  return connection === undefined ? [signal] : [signal, connection];
}
