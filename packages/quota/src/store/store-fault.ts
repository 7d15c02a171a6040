import { ExecError, isExecError } from '@errand/core';
import { whyOf } from './why-of.ts';

/** What its callers are told where the store failed. Of a URL no password is shown. */
export function storeFault(store: string, cause: unknown): ExecError {
  if (isExecError(cause)) return cause;
  const message = `quota: the ${store} failed, so nothing was started: ${whyOf(cause)}. Check that it runs and can be reached from here, or admit commands without it (failOpen).`;
  // The cause stays out: a client's errors may hold what it was made with.
  return new ExecError('EXEC_UNAVAILABLE', message);
}
