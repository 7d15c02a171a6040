import type { ProcessRequest } from '../driver.ts';
import { type ExecError, invalidOption } from '../errors.ts';
import { scriptArgv } from './script-argv.ts';

/**
 * Linux takes a quarter of the stack limit for arguments and environment, 2 MiB by default; it never takes more than this,
 * nor less than 128 KiB.
 */
const MAX_BYTES = 6 * 2 ** 20;
/** Leaves room for what the target's own environment holds. */
const CERTAIN_BYTES = 96 * 2 ** 10;
/** The NUL, and a pointer. */
const OVERHEAD_BYTES = 9;

type Sized = Pick<ProcessRequest, 'command' | 'shell' | 'env'>;

/** What is wrong with a command that no kernel would run, though each of its arguments and variables is short enough. */
export function sizeFault(request: Sized): ExecError | undefined {
  return argumentBytes(request) > MAX_BYTES ? tooLong() : undefined;
}

/** Whether only the target can say that its kernel takes a command. */
export function isLarge(request: Sized): boolean {
  return argumentBytes(request) > CERTAIN_BYTES;
}

export function tooLong(): ExecError {
  return invalidOption('command', 'together with env it is longer than the kernel takes', 'about 2 MiB; send more through stdin');
}

function argumentBytes({ command, shell, env }: Sized): number {
  const argv = typeof command === 'string' ? scriptArgv(shell, command) : command;
  const variables = Object.entries(env).filter(([, value]) => value !== undefined);
  const strings = [...argv, ...variables.map(([name, value]) => `${name}=${value}`)];
  return strings.reduce((sum, string) => sum + Buffer.byteLength(string) + OVERHEAD_BYTES, 0);
}
