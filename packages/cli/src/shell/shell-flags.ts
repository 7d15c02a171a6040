import type { Command, SessionOptions } from '@errand/core';
import type { TargetFlags } from '../targets.ts';
import { UsageError } from '../usage-error.ts';

/** What `errand shell` was given before the command. */
export interface ShellFlags extends TargetFlags {
  readonly c?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
}

/** @throws UsageError for flags that do not go together. */
export function toShellCommand(argv: readonly string[], { c: script }: ShellFlags): Command | undefined {
  if (script !== undefined && argv.length > 0) throw new UsageError('-c: takes a whole script; a program beside it is not allowed.');
  if (script?.trim() === '') throw new UsageError('-c: the script is empty. Allowed: shell source.');
  if (argv[0] === '') throw new UsageError('shell: the program is an empty word. Give a program, or none for the login shell.');
  return script ?? (argv.length > 0 ? argv : undefined);
}

/** What a terminal and a session have in common. */
export function toSessionOptions({ cwd, env, user }: ShellFlags): SessionOptions {
  return { ...(cwd !== undefined && { cwd }), ...(env !== undefined && { env }), ...(user !== undefined && { user }) };
}
