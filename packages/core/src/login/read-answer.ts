import { KEPT_NAMES } from '../launcher/environment-lines.ts';
import { textOf } from '../launcher/odd-bytes.ts';

/** Variables that are to be set, or removed where `undefined`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What a login shell answered. */
export interface LoginAnswer {
  /** The shell's file; empty where not even that came. */
  readonly shell: string;
  /** Its exit status; undefined while it is not over. */
  readonly status: string | undefined;
  /** What it makes of the environment that commands have anyway; undefined where the answer is not whole. */
  readonly changes: Variables | undefined;
}

/** About the shell that was asked, or of shells alone: TMOUT ends those that wait. */
const NOT_TAKEN = /^(_|PWD|OLDPWD|SHLVL|TMOUT|IFS|OPTARG|OPTERR|ERRAND_EXECUTION|__errand_.*)$/;
/** No sh hands on others. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads what `LOGIN_SCRIPT` printed. What both have alike is left out: it may be about one connection, as SSH_CLIENT is. */
export function readAnswer(bytes: Uint8Array): LoginAnswer {
  const [shell = '', ...entries] = textOf(bytes).split('\0');
  // No variable's name begins with a newline.
  const middle = entries.indexOf('\n');
  const end = entries.findIndex((entry) => /^\n\d+$/.test(entry));
  const status = entries[end]?.trim();
  if (middle < 0 || end < middle + 2 || status !== '0') return { shell, status, changes: undefined };
  const before = toMap(entries.slice(0, middle));
  const after = toMap(entries.slice(middle + 1, end));
  const removed = [...before.keys()].filter((name) => !after.has(name)).map((name) => [name, undefined] as const);
  const set = [...after].filter(([name, value]) => before.get(name) !== value);
  return { shell, status, changes: Object.fromEntries([...removed, ...set]) };
}

function toMap(entries: readonly string[]): Map<string, string> {
  const variables = new Map<string, string>();
  for (const entry of entries) {
    const at = entry.indexOf('=');
    const name = entry.slice(0, at);
    if (NAME.test(name) && !NOT_TAKEN.test(name) && (!KEPT_NAMES.test(name) || name === 'BASH_ENV'))
      variables.set(name, entry.slice(at + 1));
  }
  return variables;
}
