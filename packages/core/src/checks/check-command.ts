import { invalidOption } from '../errors.ts';

/** The longest argument or `NAME=value` in bytes: Linux has MAX_ARG_STRLEN, 128 KiB with the closing NUL. */
export const MAX_ARGUMENT_BYTES = 131_071;

const UNPAIRED = 'holds half of a surrogate pair, which no bytes stand for';
const ALLOWED = 'a string of shell source, or an array of strings that begins with a program';

/** Checks a command. Its text is not shown in messages. */
export function checkCommand(command: unknown): void {
  if (typeof command === 'string') return checkSource(command);
  if (!Array.isArray(command)) throw invalidOption('command', 'is neither a string nor an array', ALLOWED);
  if (command.length === 0 || command[0] === '') throw invalidOption('command', 'names no program', ALLOWED);
  command.forEach(checkArgument);
}

function checkSource(source: string): void {
  if (/^[ \t\n]*$/.test(source)) throw invalidOption('command', 'is empty', ALLOWED);
  if (source.includes('\0')) throw invalidOption('command', 'holds a NUL byte, which no command line can carry', ALLOWED);
  if (!source.isWellFormed()) throw invalidOption('command', UNPAIRED, ALLOWED);
}

function checkArgument(argument: unknown, index: number): void {
  const option = `command[${index}]`;
  if (typeof argument !== 'string') throw invalidOption(option, 'is not a string', ALLOWED);
  if (argument.includes('\0')) throw invalidOption(option, 'holds a NUL byte, which no argument can carry', 'any other bytes');
  if (!argument.isWellFormed()) throw invalidOption(option, UNPAIRED, 'well-formed text');
  if (argument.length * 3 > MAX_ARGUMENT_BYTES && Buffer.byteLength(argument) > MAX_ARGUMENT_BYTES) {
    throw invalidOption(
      option,
      `has ${Buffer.byteLength(argument)} bytes`,
      `at most ${MAX_ARGUMENT_BYTES} (a limit of Linux); send more through stdin`,
    );
  }
}
