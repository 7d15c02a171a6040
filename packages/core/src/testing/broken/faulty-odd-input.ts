import { Readable } from 'node:stream';
import type { Command } from '../../command.ts';
import type { SpawnOptions } from '../../options.ts';
import { asking, type BrokenExecutor, without } from './broken-executor.ts';
import { like } from './like.ts';

function inArgv(command: Command, change: (argv: readonly string[]) => readonly string[]): Command {
  return typeof command === 'string' ? command : change(command);
}

function isListener(signal: SpawnOptions['signal']): boolean {
  return typeof signal?.addEventListener === 'function' && typeof signal.removeEventListener === 'function';
}

/** Executors that check with less care than there is reason to. */
export const FAULTY_ODD_INPUT: readonly BrokenExecutor[] = [
  {
    fault: 'closes the holes of argv',
    caughtBy: 'argv with holes is refused',
    says: 'it resolved',
    breakIt: (inner) => asking(inner, (command, options) => [inArgv(command, (argv) => argv.filter(() => true)), options]),
  },
  {
    fault: 'replaces what is no text',
    caughtBy: 'text that has half of a surrogate pair, in a script, argv or env, is refused',
    says: 'it resolved',
    breakIt: (inner) =>
      asking(inner, (command, options) => [
        typeof command === 'string' ? command.toWellFormed() : command.map((argument) => argument.toWellFormed()),
        options,
      ]),
  },
  {
    fault: 'checks own options only',
    caughtBy: 'inherited options are checked as any',
    says: 'it resolved',
    breakIt: (inner) => asking(inner, (command, options) => [command, { ...options }]),
  },
  {
    fault: 'uses own options only',
    caughtBy: 'inherited options are used as any',
    says: 'strictly equal',
    breakIt: (inner) => asking(inner, (command, options) => [command, { ...options }]),
  },
  {
    fault: 'reads options where a fault of them is thrown',
    caughtBy: 'options that cannot be read are refused, and neither exec nor spawn throws',
    says: 'It threw instead of rejecting',
    breakIt: (inner) => asking(inner, (command, options) => [command, { ...options }]),
  },
  {
    fault: 'ignores a signal that it cannot listen to',
    caughtBy: 'what only looks like an AbortSignal is refused',
    says: 'it resolved',
    breakIt: (inner) =>
      asking(inner, (command, options) => (isListener(options.signal) ? [command, options] : without('signal')(command, options))),
  },
  {
    fault: 'ignores a stdin that it cannot read',
    caughtBy: 'what only looks like a Readable is refused',
    says: 'it resolved',
    breakIt: (inner) =>
      asking(inner, (command, options) => (options.stdin instanceof Readable ? [command, options] : without('stdin')(command, options))),
  },
  {
    fault: 'ignores a logger that it cannot log to',
    caughtBy: 'a logger that lacks a method is refused',
    says: 'it resolved',
    adapt: ({ logger: _ignored, ...options }) => options,
    breakIt: (inner) => like(inner, {}),
  },
];
