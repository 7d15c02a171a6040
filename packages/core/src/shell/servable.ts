import type { ProcessRequest } from '../driver.ts';

/** A warm shell reads what it is sent byte by byte: beyond this a process of its own is faster. */
const MAX_SOURCE_BYTES = 4_096;

/** Variables that a shell keeps for itself, reads at its start, or works by: a running one takes them otherwise than a new one. */
const SHELLS_OWN =
  /^(IFS|ENV|OPT(IND|ARG|ERR)|PS4|TMOUT|SHLVL|POSIXLY_CORRECT|CDPATH|GLOBIGNORE|BASH.*|DIRSTACK|EPOCH.*|EUID|FUNCNAME|GROUPS|HISTCMD|LINENO|PPID|S?RANDOM|SECONDS|SHELLOPTS|UID|__errand.*)$/;
const NAME = /^[A-Za-z_]\w*$/;

/** Whether a warm shell can serve a command as faithfully as a process of its own. */
export function isServable({ stdin, user, limits, command, env }: ProcessRequest): boolean {
  if (stdin || user !== undefined || Object.values(limits).some((limit) => limit !== undefined)) return false;
  if (!isPlainEnvironment(env)) return false;
  if (typeof command === 'string' ? knowsItsGroup(command) || goesOn(command) : /(^|\/)setsid$/.test(command[0] ?? '')) return false;
  const words = typeof command === 'string' ? [command] : command;
  const all = [...words, ...Object.entries(env).flatMap(([name, value]) => [name, value ?? ''])];
  return all.reduce((sum, word) => sum + Buffer.byteLength(word), 0) <= MAX_SOURCE_BYTES;
}

/** Whether a running shell takes and hands on all of these variables as they are. */
export function isPlainEnvironment(env: Readonly<Record<string, string | undefined>>): boolean {
  if ('PATH' in env && env['PATH'] === undefined) return false;
  return Object.keys(env).every((name) => NAME.test(name) && !SHELLS_OWN.test(name));
}

/** In a warm shell a script does not lead its process group, and what it reads in from elsewhere may count on that as well. */
function knowsItsGroup(script: string): boolean {
  return /\$\{?\$|\bPPID\b|(^|[\s;&|(`])(\.|source|eval|set +-[a-z]*m|set +[-+]o +monitor)(\s|;|$)/.test(script);
}

/** Whether bash runs something of it beside the script, which may write when that is over: `exec > >(tee log)`. */
function goesOn(script: string): boolean {
  return />\(/.test(script);
}

/** Whether a script does in a subshell of dash or busybox what it does in a shell of its own. */
export function runsAlike(script: string): boolean {
  // There `trap` tells what the warm shell has set, and busybox takes a stray `break` for one of the warm shell's loop.
  if (/LINENO|\btrap\b|__errand/.test(script)) return false;
  return !/\b(break|continue)\b/.test(script) || /\b(for|while|until|select)\b/.test(script);
}
