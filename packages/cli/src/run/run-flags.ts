import type { Command, SpawnOptions } from '@errand/core';
import type { TargetFlags } from '../targets.ts';
import { UsageError } from '../usage-error.ts';

/** What `errand run` was given before the command. */
export interface RunFlags extends TargetFlags {
  readonly c?: string;
  readonly timeout?: number;
  readonly idleTimeout?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly priority?: 'high' | 'normal' | 'low' | number;
  readonly tenant?: string;
  readonly queueTimeout?: number;
  /** False with `-n`. */
  readonly stdin: boolean;
  readonly tty?: boolean;
  readonly json?: boolean;
  readonly maxOutput?: number;
  readonly detach?: boolean;
  readonly keep?: number;
  readonly maxSpool?: number;
  readonly idempotencyKey?: string;
}

/** @throws UsageError for flags that do not go together. */
export function toCommand(argv: readonly string[], { c: script, tty, json, maxOutput }: RunFlags): Command {
  if (tty) throw new UsageError('-t: errand run opens no terminal. Use errand shell.');
  if (maxOutput !== undefined && !json)
    throw new UsageError('--max-output: live output is passed on whole. Allowed: together with --json.');
  if (script !== undefined && argv.length > 0) throw new UsageError('-c: takes a whole script; a program beside it is not allowed.');
  if (script?.trim() === '') throw new UsageError('-c: the script is empty. Allowed: shell source.');
  if (script !== undefined) return script;
  if (argv.length === 0) throw new UsageError('run: there is nothing to run. Give a program, or -c SCRIPT.');
  if (argv[0] === '') throw new UsageError('run: the program is an empty word. Give a program, or -c SCRIPT.');
  return argv;
}

/** The options for core that flags stand for. */
export function toSpawnOptions({ timeout, idleTimeout, cwd, env, user, priority, tenant, queueTimeout }: RunFlags): SpawnOptions {
  return {
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(idleTimeout !== undefined && { idleTimeoutMs: idleTimeout }),
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    ...(user !== undefined && { user }),
    ...(priority !== undefined && { priority }),
    ...(tenant !== undefined && { tenant }),
    ...(queueTimeout !== undefined && { queueTimeoutMs: queueTimeout }),
  };
}
