import { ExecError } from '@errand/core';

/** Nobody can tell from it whether it never was, is over and removed, or is another's. */
export function notFound(jobId: string, cause?: unknown): ExecError {
  const name = jobId.slice(0, 100);
  return new ExecError('EXEC_NOT_FOUND', `job_id: there is no job '${name}'. Allowed: the id of one of yours.`, {
    cause,
    detail: { what: 'execution', name },
  });
}
