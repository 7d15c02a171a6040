import { MAX_ARGUMENT_BYTES } from '../checks/check-command.ts';

// A UTF-16 unit never needs more than three bytes of UTF-8, so a part this long always fits one argument.
const PART_UNITS = Math.floor(MAX_ARGUMENT_BYTES / 3);

/**
 * The argv that runs `script` in `shell`: `[shell, '-c', script]` where it fits one argument. A longer one is handed
 * over in parts, which the shell joins and evaluates with `$#` 0 and `$0` the shell; that needs a POSIX shell. All
 * arguments and variables together are bounded by the target's ARG_MAX (about 2 MiB on Linux).
 */
export function scriptArgv(shell: string, script: string): string[] {
  // dash takes what begins with a sign for options.
  const source = /^[-+]/.test(script) ? ` ${script}` : script;
  if (Buffer.byteLength(source) <= MAX_ARGUMENT_BYTES) return [shell, '-c', source];
  const parts = splitScript(script);
  const joined = parts.map((_, i) => `\${${i + 1}}`).join('');
  // The parts are expanded before `set --` drops them, and no line is added, so line numbers in messages stay right.
  return [shell, '-c', `eval "set --;${joined}"`, shell, ...parts];
}

function splitScript(script: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < script.length; ) {
    let end = Math.min(start + PART_UNITS, script.length);
    if (isHighSurrogate(script.charCodeAt(end - 1)) && end < script.length) end -= 1;
    parts.push(script.slice(start, end));
    start = end;
  }
  return parts;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
