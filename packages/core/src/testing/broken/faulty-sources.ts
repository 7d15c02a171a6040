import process from 'node:process';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { Executor } from '../../executor.ts';
import { asking, type BrokenExecutor, giving } from './broken-executor.ts';

/** Has another stream in the place of a source. */
function replacing(inner: Executor, replace: (source: Readable) => Readable): Executor {
  return asking(inner, (command, options) => [
    command,
    options.stdin instanceof Readable ? { ...options, stdin: replace(options.stdin) } : options,
  ]);
}

/** Passes a source on, with its fault, and never lets go of it. */
function clinging(inner: Executor): Executor {
  return replacing(inner, (source) => {
    const copy = new PassThrough();
    source.on('error', (error) => copy.destroy(error));
    return source.pipe(copy);
  });
}

async function* asTexts(source: Readable): AsyncGenerator<string> {
  for await (const piece of source) yield String(piece);
}

function failing(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
}

/** Executors that handle the source of a command's stdin carelessly. */
export const FAULTY_SOURCES: readonly BrokenExecutor[] = [
  {
    fault: 'waits for a source that failed',
    caughtBy: 'a Readable that fails before the command runs is told, and not waited for',
    says: 'should have ended',
    breakIt: (inner) => replacing(inner, (source) => source.on('error', () => undefined).pipe(new PassThrough())),
  },
  {
    fault: 'makes text of whatever a source gives',
    caughtBy: 'a Readable that gives neither text nor bytes is told',
    says: 'cancelled',
    breakIt: (inner) => replacing(inner, (source) => Readable.from(asTexts(source))),
  },
  {
    fault: 'clings to the source of a command that did not start',
    caughtBy: 'a Readable is let go when its command did not start',
    says: 'should have been destroyed: EXEC_NOT_FOUND',
    boundMs: 4_000,
    breakIt: clinging,
  },
  {
    fault: 'clings to the source of a command that ended',
    caughtBy: 'a Readable without a byte is let go when the command ends',
    says: 'should have been destroyed: :',
    boundMs: 4_000,
    breakIt: clinging,
  },
  {
    fault: 'leaves a listener on stdin for each command',
    caughtBy: "commands that are given this process's stdin leave no listener on it",
    says: 'more listeners than before',
    breakIt: (inner) =>
      asking(inner, (command, options) => {
        if (options.stdin === process.stdin) process.stdin.setMaxListeners(0).once('error', () => undefined);
        return [command, options];
      }),
  },
  {
    fault: 'fails writes for what never started',
    caughtBy: "stdin: 'pipe' of what never started may be written to all the same",
    says: 'told twice',
    breakIt: (inner) => giving(inner, (_execution, { stdin }) => (stdin === 'pipe' ? { stdin: failing() } : {})),
  },
];
