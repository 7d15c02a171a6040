import { ExecError } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import type { Target } from '../targets.ts';

/** What callers may run on a target: any command, or configured tools alone. */
export type Exposed = (typeof EXPOSED)[number];

const EXPOSED = ['commands', 'tools'] as const;

/** @throws ExecError `EXEC_INVALID_OPTION` */
export function checkExposed({ executor, expose }: Target): void {
  if (expose === undefined || EXPOSED.includes(expose)) return;
  throw invalidOption('executors', `what '${executor.name}' exposes cannot be '${String(expose)}'`, EXPOSED.join(', '));
}

export function exposesCommands({ expose = 'commands' }: Target): boolean {
  return expose === 'commands';
}

/** @throws ExecError `EXEC_PERMISSION` that names the option */
export function refuseUnlessCommands(target: Target): void {
  if (exposesCommands(target)) return;
  const { name } = target.executor;
  const message = `Target '${name}' runs configured tools alone, and no other command (in errand.yaml: mcp: { expose: tools }). Use one of its tools, or another target.`;
  throw new ExecError('EXEC_PERMISSION', message, { detail: { what: 'target', name } });
}
