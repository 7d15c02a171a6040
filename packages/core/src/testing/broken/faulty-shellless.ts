import { Writable } from 'node:stream';
import type { Command } from '../../command.ts';
import type { Executor } from '../../executor.ts';
import type { Files } from '../../files.ts';
import type { SpawnOptions } from '../../options.ts';
import type { ExecResult } from '../../result.ts';
import type { Supports } from '../../supports.ts';
import { asking, type BrokenExecutor, giving, without } from './broken-executor.ts';
import { like, withResults } from './like.ts';
import { shellless } from './shellless-executor.ts';

/** Breaks one that is as without a shell. */
function row(caughtBy: string, says: string, fault: string, change: (inner: Executor) => Executor): BrokenExecutor {
  return { fault: `${fault} where there is no shell`, caughtBy, says, breakIt: (inner) => change(shellless(inner)) };
}

function changing(change: (result: ExecResult) => Partial<ExecResult>): (inner: Executor) => Executor {
  return (inner) => withResults(inner, (result) => ({ ...result, ...change(result) }));
}

function asked(
  change: (command: readonly string[], options: SpawnOptions) => readonly [Command, SpawnOptions],
): (inner: Executor) => Executor {
  return (inner) => asking(inner, (command, options) => (typeof command === 'string' ? [command, options] : change(command, options)));
}

function dropping(...names: readonly (keyof SpawnOptions)[]): (inner: Executor) => Executor {
  return (inner) => asking(inner, without(...names));
}

function filing(inner: Executor, faults: (files: Files) => Partial<Files>): Executor {
  const { files } = inner;
  const faulty = faults(files);
  return like(inner, {
    files: new Proxy(files, {
      get: (target, name) => Reflect.get(name in faulty ? faulty : target, name)?.bind(target),
    }),
  });
}

/** What nobody reaches once it runs. */
const OUT_OF_REACH = { kill: false, cancel: false, deadline: false } as const;

/** Claims what it does not keep. */
function claiming(supports: Partial<Supports>): (inner: Executor) => Executor {
  return (inner) => shellless(inner, supports);
}

/** Executors of targets without a shell that break promises, one at a time. */
export const FAULTY_SHELLLESS: readonly BrokenExecutor[] = [
  row('a script is refused, naming the command', 'resolved', 'splits scripts at blanks', (inner) =>
    asking(inner, (command, options) => [typeof command === 'string' ? command.split(' ') : command, options]),
  ),
  row("stderr: 'stdout' is refused", 'resolved', 'forgets to merge', dropping('stderr')),
  row(
    'exit codes of programs are exact',
    'strictly',
    'tells every exit as 0',
    changing(() => ({ exitCode: 0, ok: true })),
  ),
  row(
    'the words of argv arrive as they were given',
    'strictly',
    'loses empty words',
    asked((words, options) => [words.filter((word) => word !== ''), options]),
  ),
  row(
    'both streams arrive apart',
    'match',
    'drops stderr',
    changing(({ stdout }) => ({ stderr: stdout })),
  ),
  row('16 MiB of output are counted, and head and tail are kept', 'strictly', 'keeps what it pleases', dropping('maxOutputBytes')),
  row('without stdin a program reads its end at once', 'ended', 'leaves stdin open', (inner) =>
    asking(inner, (command, options) => [command, { stdin: 'pipe', ...options }]),
  ),
  row('every byte of stdin arrives and comes back', 'came back', 'loses the last byte of stdin', (inner) =>
    asking(inner, (command, { stdin, ...options }) => [
      command,
      { ...options, ...(stdin instanceof Uint8Array && { stdin: stdin.subarray(0, -1) }) },
    ]),
  ),
  row("stdin: 'pipe' is a conversation, and its end is the program's", 'ended', 'keeps stdin to itself', (inner) =>
    giving(inner, (_execution, { stdin }) => (stdin === 'pipe' ? { stdin: sink() } : {})),
  ),
  row('env is added, and undefined removes', 'KIT_A', 'forgets env', dropping('env')),
  row('cwd is where a program runs', 'strictly', 'forgets cwd', dropping('cwd')),
  row('a directory that is not there, or is none: EXEC_NOT_FOUND, cwd', 'resolved', 'makes do with another directory', dropping('cwd')),
  row(
    'a program that is not there: EXEC_NOT_FOUND; one that is none: EXEC_PERMISSION',
    'resolved',
    'tells a missing program as an exit',
    asked((words, options) => [['/usr/bin/env', '--', ...words], options]),
  ),
  row('eight programs at once have their own output', 'strictly', 'gives all the first output', (inner) => {
    let first: Promise<ExecResult> | undefined;
    return giving(inner, ({ result }) => {
      first ??= result;
      return { result: first };
    });
  }),
  row('a program aborted before it was sent does not run', 'Missing expected rejection', 'ignores its signal', dropping('signal')),
  row('under one idempotencyKey a program runs once', 'strictly', 'forgets idempotency keys', dropping('idempotencyKey')),
  row('a timeout ends a program: timed-out, within its grace', 'ended', 'has no deadline', dropping('timeoutMs')),
  row('kill(signal) reaches a program, which dies of it', 'ended', 'kills nothing', (inner) =>
    giving(inner, () => ({ kill: async () => undefined })),
  ),
  row('a disposed handle has ended its program', 'strictly', 'lets a disposed handle go', (inner) =>
    giving(inner, () => ({ [Symbol.asyncDispose]: async () => undefined })),
  ),
  row('an abort and close() end a program: cancelled', 'ended', 'ignores aborts', dropping('signal')),
  row('a file is read as programs read it, all or in part', 'from 3', 'reads files from their beginning', (inner) =>
    filing(inner, (files) => ({ read: (path, { offset: _offset, ...options } = {}) => files.read(path, options) })),
  ),
  row('stat, exists and list tell what programs see', 'Set(', 'lists half of a directory', (inner) =>
    filing(inner, (files) => ({ list: async (path, options) => (await files.list(path, options)).slice(1) })),
  ),
  row('files that are not there, or are none, are refused', 'resolved', 'reads a missing file as empty', (inner) =>
    filing(inner, () => ({ read: async () => new Uint8Array() })),
  ),
  row('a file and a directory come down whole', 'ENOENT', 'downloads nothing', (inner) =>
    filing(inner, () => ({ download: async () => {} })),
  ),
  row('what would change files is refused', 'resolved', 'changes files all the same', claiming({ fileChanges: false })),
  row('a timeout ends the waiting: unknown', 'unknown', 'says that it ended what it cannot reach', claiming(OUT_OF_REACH)),
  row('an abort leaves the outcome unknown', 'unknown', 'says that it cancelled what it cannot reach', claiming(OUT_OF_REACH)),
  row('kill() is refused', 'resolved', 'kills what it cannot reach', claiming(OUT_OF_REACH)),
  row('a program that takes too much memory: out-of-memory', 'exited', 'tells want of memory as an exit', claiming({ outOfMemory: true })),
];

function sink(): Writable {
  return new Writable({ write: (_bytes, _encoding, done) => done() });
}
