import type { Command } from '../command.ts';
import { type ExecError, invalidOption } from '../errors.ts';
import { scriptArgv } from './script-argv.ts';

/** Linux takes a quarter of the stack limit, 2 MiB by default, for arguments and environment, each with a pointer of 8 bytes. */
const MAX_ARGUMENTS_BYTES = 2 ** 21;
const OVERHEAD_BYTES = 9;

/** What is wrong with a command that no kernel would run, though each of its arguments is short enough. */
export function sizeFault(command: Command, shell: string): ExecError | undefined {
  const argv = typeof command === 'string' ? scriptArgv(shell, command) : command;
  const bytes = argv.reduce((sum, argument) => sum + Buffer.byteLength(argument) + OVERHEAD_BYTES, 0);
  if (bytes <= MAX_ARGUMENTS_BYTES) return undefined;
  return invalidOption('command', 'is longer than the kernel takes', 'together with env about 2 MiB; send more through stdin');
}
