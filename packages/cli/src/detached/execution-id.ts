import { ExecError, isExecError } from '@errand/core';
import { UsageError } from '../usage-error.ts';

/** @throws UsageError for what no detached execution of this target can be called. */
export function checkExecutionId(id: string, target: string): void {
  if (id.startsWith(`${target}-`) && /^-[a-f0-9]{20}$/.test(id.slice(target.length))) return;
  throw new UsageError(`ID: '${id}' is no execution of the target ${target}. Allowed: an id as errand ps --target ${target} shows it.`);
}

/** A target's message speaks of options of the library, and shows half of the id. */
export function notFound(id: string): ExecError {
  const message = `There is no execution '${id}': errand ps lists those that there are, until their --keep has passed.`;
  return new ExecError('EXEC_NOT_FOUND', message, { detail: { what: 'execution', name: id } });
}

/** For a rejection of `attach`. */
export function orNotFound(id: string): (fault: unknown) => never {
  return (fault) => {
    throw isExecError(fault) && fault.code === 'EXEC_NOT_FOUND' ? notFound(id) : fault;
  };
}
