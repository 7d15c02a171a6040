import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import { hasOddByte, printfFormat } from './odd-bytes.ts';

/** Names that some sh keeps for itself: bash makes them read-only or computes them, dash reads OPTIND as a number. */
export const KEPT_NAMES: RegExp =
  /^(BASH.*|DIRSTACK|EPOCH.*|EUID|FUNCNAME|GROUPS|HISTCMD|LINENO|OPTIND|PPID|S?RANDOM|SECONDS|SHELLOPTS|UID)$/;

/**
 * Sets and removes variables, and appends the marker to that of an execution that the target itself is part of. From here on
 * IFS may be the command's. `_` stays the shell's own business.
 */
export function environmentLines({ env, marker }: Pick<ProcessRequest, 'env' | 'marker'>): string[] {
  return [...variablesLines(env), markerLine(marker)];
}

export function variablesLines(env: ProcessRequest['env']): string[] {
  return Object.entries(env).flatMap(([name, value]) => variableLines(name, value));
}

/** What ERRAND_EXECUTION is below `outer`, the marker of an execution that the target itself is part of, or nothing. */
export function markerValue(outer: string, marker: string): string {
  return outer === '' ? marker : `${outer}:${marker}`;
}

export function markerLine(marker: string): string {
  return `export ERRAND_EXECUTION="\${ERRAND_EXECUTION:+$ERRAND_EXECUTION:}${marker}"`;
}

function variableLines(name: string, value: string | undefined): string[] {
  const line = value === undefined ? `unset ${name}` : `export ${name}=${quote(value)}`;
  if (value !== undefined && hasOddByte(value)) return oddLines(name, value);
  if (KEPT_NAMES.test(name)) return [tryLine(name, value, line), line];
  // bash counts one down as it execs.
  if (name === 'SHLVL' && /^\d{1,9}$/.test(value ?? '')) return [line, `[ ! "\${BASH_VERSION-}" ] || SHLVL=${Number(value) + 1}`];
  return [line];
}

/** What is put in place of a command loses the newlines at its end. */
function oddLines(name: string, value: string): string[] {
  return [`export ${name}="$(printf -- ${quote(`${printfFormat(value)}x`)})"`, `${name}=\${${name}%x}`];
}

/** Tries in a subshell, because a read-only variable ends the shell. */
function tryLine(name: string, value: string | undefined, line: string): string {
  const holds = value === undefined ? `[ ! "\${${name}+set}" ]` : `[ "$${name}" = ${quote(value)} ]`;
  return `( ${line} && ${holds} ) 2>/dev/null || __errand_refuse env.${name}`;
}
