import { ExecError } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import type { Target } from '../targets.ts';

/** What tools may do with the files of a target: nothing, look, or write, too. */
export type FilesAllowed = (typeof FILES_ALLOWED)[number];

const FILES_ALLOWED = ['none', 'read', 'write'] as const;

/** @throws ExecError `EXEC_INVALID_OPTION`; `what` says what has that value */
export function checkFiles(option: string, value: unknown, what = 'it'): void {
  if (value === undefined || FILES_ALLOWED.some((one) => one === value)) return;
  throw invalidOption(option, `${what} cannot be '${String(value)}'`, FILES_ALLOWED.join(', '));
}

/** What holds for a target, where the option of all says `all`. */
export function filesOf({ files }: Target, all: FilesAllowed): FilesAllowed {
  return files ?? all;
}

/** Whether `allowed` is enough for what is `wanted`. */
export function allows(allowed: FilesAllowed, wanted: 'read' | 'write'): boolean {
  return allowed === 'write' || allowed === wanted;
}

/** @throws ExecError `EXEC_PERMISSION` that names the option */
export function refuseUnlessAllowed(target: Target, all: FilesAllowed, wanted: 'read' | 'write'): void {
  const allowed = filesOf(target, all);
  if (allows(allowed, wanted)) return;
  const { name } = target.executor;
  const message = `The option files of target '${name}' is '${allowed}', and this needs '${wanted}' (in errand.yaml: mcp: { files: ${wanted} }). Use another target.`;
  throw new ExecError('EXEC_PERMISSION', message, { detail: { what: 'target', name } });
}
