import { quote } from '../command.ts';
import { KEPT_NAMES, variablesLines } from '../launcher/environment-lines.ts';
import { limitLines } from '../launcher/start-statements.ts';
import type { Limits } from '../options.ts';
import type { SessionState } from '../session.ts';

/** With what a session begins. */
export interface InitialState {
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits: Limits;
}

/** The first command of a session: it prints `refused WORD` and ends the session where something cannot be had; see `refusal`. */
export function initialSource({ cwd, env, limits }: InitialState): string {
  return [
    `__errand_refuse() { printf 'refused %s\\n' "$1"; exit 125; }`,
    ...(cwd === undefined ? [] : [enterLine(cwd)]),
    ...variablesLines(env),
    ...limitLines(limits),
    'unset -f __errand_refuse',
  ].join('\n');
}

/** By its name, as a shell that starts there finds it in PWD; but beyond a link '..' is not where the name says. */
function enterLine(cwd: string): string {
  const path = quote(cwd.startsWith('/') ? cwd : `./${cwd}`);
  const how = /^\/(?!.*\/\.\.(\/|$))/.test(cwd) ? '-L' : '-P';
  return `cd ${how} ${path} 2>/dev/null || { [ -d ${path} ] || __errand_refuse cwd; __errand_refuse cwd-denied; }`;
}

/**
 * Prints the working directory, a newline and the exported variables, a NUL behind each, whatever functions and aliases there are. $? is
 * what it was.
 */
export const SNAPSHOT_SOURCE = `(__errand_y=$?; \\unset -f pwd printf command cat; \\pwd && \\printf '\\0' && \\command -p cat /proc/self/environ; \\exit "$__errand_y")`;

/** Of the shell, of this session, or about where it is. */
const NOT_CARRIED = /^(_|PWD|OLDPWD|SHLVL|ERRAND_EXECUTION|IFS|OPTARG|OPTERR|__errand_.*)$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Nothing where it is no UTF-8, which could not be restored as it was. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return '';
  }
}

/** What `SNAPSHOT_SOURCE` printed; undefined when it is not whole. */
export function parseSnapshot(bytes: Uint8Array): SessionState | undefined {
  const [line = '', ...variables] = textOf(bytes).split('\0');
  if (!/^\/.*\n$/s.test(line) || variables.pop() !== '') return undefined;
  const cwd = line.slice(0, -1);
  const env: Record<string, string> = {};
  for (const variable of variables) {
    const at = variable.indexOf('=');
    const name = variable.slice(0, at);
    if (NAME.test(name) && !NOT_CARRIED.test(name) && !KEPT_NAMES.test(name)) env[name] = variable.slice(at + 1);
  }
  return { cwd, env };
}
