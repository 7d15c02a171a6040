import { invalidOption } from '../errors.ts';
import { MAX_ARGUMENT_BYTES } from './check-command.ts';
import { entries } from './values.ts';

/** Checks `env`. No message holds a value: it may be a secret. */
export function checkEnv(option: string, value: unknown): void {
  for (const [name, item] of entries(option, value)) {
    // POSIX shells drop variables with other names, so they would be lost on some backends and not on others.
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw invalidOption(
        option,
        `${JSON.stringify(name.slice(0, 64))} is no variable name`,
        'letters, digits and _, not beginning with a digit',
      );
    }
    if (name === 'ERRAND_EXECUTION') throw invalidOption(`${option}.${name}`, 'is how Errand finds what a command left', 'any other name');
    if (name.startsWith('__errand_')) throw invalidOption(`${option}.${name}`, "is a name of Errand's own", 'any other name');
    if (item === undefined) continue;
    if (typeof item !== 'string')
      throw invalidOption(`${option}.${name}`, 'is not a string', 'a string, or undefined to remove the variable');
    if (item.includes('\0')) throw invalidOption(`${option}.${name}`, 'holds a NUL byte', 'any other bytes');
    if (!item.isWellFormed()) throw invalidOption(`${option}.${name}`, 'holds half of a surrogate pair', 'well-formed text');
    if (name.length + 1 + Buffer.byteLength(item) > MAX_ARGUMENT_BYTES) {
      throw invalidOption(`${option}.${name}`, 'is too long', `NAME=value of at most ${MAX_ARGUMENT_BYTES} bytes (a limit of Linux)`);
    }
  }
}
