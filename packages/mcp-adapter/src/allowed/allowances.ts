import { boolean, type Check, checkEach, integer, invalidOption, text } from '@errand/core/checks';

/** What callers may ask of commands on one target, beyond which are refused. */
export interface Allowances {
  /**
   * The longest timeout of a command there, in milliseconds: 1 … `maxTimeoutMs` of the tools' options, which is the default. A session there
   * is closed so long after it began, with all that runs in it.
   */
  readonly maxTimeoutMs?: number;
  /**
   * Commands that one caller may have running there at once, waiting ones included: 1 … 100,000; as many again may run in the background.
   * Default: `maxJobs` of the tools' options bounds all targets together.
   */
  readonly maxJobs?: number;
  /** Whether calls may name the account to run as, or which they may name. Default false. */
  readonly allowUser?: boolean | readonly string[];
  /** Whether calls may add variables, or which. It bounds the argument `env`, not what a command sets itself. Default true. */
  readonly allowEnv?: boolean | readonly string[];
  /** Whether calls may start what outlives the server. Default true. */
  readonly background?: boolean;
}

/** @throws ExecError `EXEC_INVALID_OPTION` that names the option */
export function checkAllowances(option: string, target: Allowances, maxTimeoutMs: number): void {
  const { maxTimeoutMs: longest, maxJobs, allowUser, allowEnv, background } = target;
  const given = { maxTimeoutMs: longest, maxJobs, allowUser, allowEnv, background };
  checkEach(option, given, {
    maxTimeoutMs: integer(1, maxTimeoutMs, 'ms'),
    maxJobs: integer(1, 100_000),
    allowUser: all,
    allowEnv: all,
    background: boolean,
  });
}

const all: Check = (option, value) => {
  if (typeof value === 'boolean') return;
  if (!Array.isArray(value)) throw invalidOption(option, 'is not allowed', 'true, false, or an array of names');
  for (const [i, name] of value.entries()) text(256)(`${option}[${i}]`, name);
};

/** The first of these names that is not allowed. */
export function notAllowed(allowed: boolean | readonly string[], names: readonly string[]): string | undefined {
  if (typeof allowed === 'boolean') return allowed ? undefined : names[0];
  return names.find((name) => !allowed.includes(name));
}
