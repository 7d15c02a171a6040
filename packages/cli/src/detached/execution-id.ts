import { ExecError, isExecError } from '@errand/core';
import type { TargetFlags } from '../targets.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The target of an execution, which its id names.
 *
 * @throws UsageError for what no detached execution can be called, or none of the target that is named
 */
export function ofExecution(id: string, flags: TargetFlags): TargetFlags {
  const [, name] = /^(.{1,64})-[a-f0-9]{20}$/.exec(id) ?? [];
  if (name === undefined) throw new UsageError(`ID: '${id}' is no execution's. Allowed: an id as errand ps shows it.`);
  if (flags.target !== undefined && flags.target !== name)
    throw new UsageError(
      `ID: '${id}' is no execution of the target ${flags.target}. Allowed: an id as errand ps --target ${flags.target} shows it.`,
    );
  return { ...flags, target: name };
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
