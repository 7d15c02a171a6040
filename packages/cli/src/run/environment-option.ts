import { UsageError } from '../usage-error.ts';

/** Adds one `--env NAME=value` to those before it. `NAME` alone takes its value from this process, so that a secret need not stand in argv. */
export function collectVariable(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? process.env[name] : text.slice(equals + 1);
  // The value, and a text that may be one by mistake, are not shown: they may be secrets.
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new UsageError('--env: that is no variable. Allowed: NAME=value, or NAME; letters, digits and _.');
  if (value === undefined)
    throw new UsageError(`--env: ${name} is not set here. Allowed: NAME=value, or the NAME of a variable that is set.`);
  return { ...before, [name]: value };
}
