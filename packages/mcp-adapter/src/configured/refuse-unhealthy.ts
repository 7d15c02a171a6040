import { ExecError, isExecError } from '@errand/core';
import { within } from '../jobs/until.ts';
import type { Target } from '../targets.ts';

const ASK_MS = 10_000;

/** @throws ExecError `EXEC_UNAVAILABLE` where a target says that it is not well, or does not say anything */
export async function refuseUnhealthy({ executor }: Target, giveUp: readonly AbortSignal[]): Promise<void> {
  const { name } = executor;
  const reason = await within(ASK_MS, giveUp, async (signal) => {
    try {
      const health = await executor.health({ signal });
      return health.ok ? undefined : (health.reason ?? 'it says no more');
    } catch (error) {
      if (giveUp.some(({ aborted }) => aborted)) throw error;
      return isExecError(error) ? error.message : `it gave no answer in ${ASK_MS} ms`;
    }
  });
  if (reason === undefined) return;
  throw new ExecError('EXEC_UNAVAILABLE', `Target '${name}' is not well, as this tool wants it: ${reason}. Nothing was started.`, {
    detail: { what: 'target', name },
  });
}
