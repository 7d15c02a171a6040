import { PassThrough, Readable, Writable } from 'node:stream';
import type { Execution } from '../../execution.ts';
import type { Executor } from '../../executor.ts';
import type { ExecutorOptions } from '../../options.ts';
import { asking, type BrokenExecutor, giving } from './broken-executor.ts';
import { like } from './like.ts';
import { localWith } from './local-with.ts';

const MAX_STDIN_BYTES = 100_000;

/** The local backend, were it one that needs all of stdin before it starts a command. */
function ahead(options: ExecutorOptions): Executor {
  return localWith(
    async ({ input, ...request }, start) => {
      const process = await start(request);
      const { stdin, ...rest } = process;
      stdin?.on('error', () => {}).end(input);
      return rest;
    },
    options,
    { stdinAhead: true, maxStdinBytes: MAX_STDIN_BYTES },
  );
}

function replacing(inner: Executor, replace: (source: Readable) => Readable): Executor {
  return asking(inner, (command, options) => [
    command,
    options.stdin instanceof Readable ? { ...options, stdin: replace(options.stdin) } : options,
  ]);
}

async function* upTo(source: Readable, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const piece of source) {
    left -= piece.length;
    if (left < 0) return;
    yield piece;
  }
}

/** Executors that handle stdin carelessly which is needed before the command starts. */
export const FAULTY_AHEAD: readonly BrokenExecutor[] = [
  {
    fault: 'takes what a source gave before it failed for all',
    caughtBy: 'a Readable that fails half-way starts nothing, and the fault says so',
    says: 'it resolved',
    breakIt: (_inner, options) =>
      replacing(ahead(options), (source) => {
        const copy = new PassThrough();
        source.on('error', () => copy.end());
        return source.pipe(copy);
      }),
  },
  {
    fault: 'clings to the source of a command that was given up',
    caughtBy: 'aborted while a Readable is read, nothing starts and the Readable is let go',
    says: 'should have been destroyed',
    boundMs: 4_000,
    breakIt: (_inner, options) => replacing(ahead(options), (source) => source.pipe(new PassThrough())),
  },
  {
    fault: 'starts at its close what waited for its stdin',
    caughtBy: "closed while stdin: 'pipe' is open, nothing starts",
    says: 'it resolved',
    breakIt: (_inner, options) => {
      const executor = ahead(options);
      const begun: Execution[] = [];
      return like(executor, {
        spawn: (command, given) => {
          const execution = executor.spawn(command, given);
          begun.push(execution);
          return execution;
        },
        close: async () => {
          for (const { stdin, result } of begun) {
            stdin.end();
            await result;
          }
          await executor.close();
        },
      });
    },
  },
  {
    fault: 'takes the first piece for all',
    caughtBy: "what was written to stdin: 'pipe' may end long after it began",
    says: 'last',
    breakIt: (_inner, options) =>
      giving(ahead(options), (execution, { stdin }) =>
        stdin === 'pipe'
          ? {
              stdin: new Writable({
                write: (piece, _encoding, done) => {
                  execution.stdin.end(piece);
                  done();
                },
              }),
            }
          : {},
      ),
  },
  {
    fault: 'takes of a source what fits',
    caughtBy: 'a Readable of more than supports.maxStdinBytes is refused, and let go',
    says: 'it resolved',
    breakIt: (_inner, options) => replacing(ahead(options), (source) => Readable.from(upTo(source, MAX_STDIN_BYTES))),
  },
  {
    fault: 'calls cancelled what nobody saw end',
    caughtBy: 'aborted while it runs, nobody waits for it: unknown, with the output until then',
    says: 'Nobody confirmed',
    breakIt: (inner) => like(inner, { supports: { ...inner.supports, kill: false } }),
  },
];
