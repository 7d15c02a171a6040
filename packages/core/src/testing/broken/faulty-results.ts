import type { Executor } from '../../executor.ts';
import type { Output, OutputChunk } from '../../output.ts';
import { asking, type BrokenExecutor, giving } from './broken-executor.ts';
import { like, withResults } from './like.ts';

function miscounted({ totalBytes, omittedBytes, head, tail, text }: Output): Output {
  return { totalBytes, omittedBytes: Math.max(0, omittedBytes - 1), head, tail, text, bytes: head };
}

const hoard: unknown[] = [];

/** Executors that misreport what a command printed, or how it ended. */
export const FAULTY_RESULTS: readonly BrokenExecutor[] = [
  {
    fault: 'rejects for an exit code that is not 0',
    caughtBy: 'every exit code is told',
    says: 'exit code 1',
    breakIt: (inner) =>
      withResults(inner, (result) => {
        if (!result.ok) throw new Error(`exit code ${result.exitCode}`);
        return result;
      }),
  },
  {
    fault: 'miscounts what it omits',
    caughtBy: 'head and tail are kept, and the rest is counted exactly',
    says: '!==',
    breakIt: (inner) => withResults(inner, ({ stdout, ...result }) => ({ ...result, stdout: miscounted(stdout) })),
  },
  {
    fault: 'claims to omit output and keeps it',
    caughtBy: 'much output that is collected',
    says: 'It held',
    boundMs: 20_000,
    breakIt: (inner) =>
      asking(inner, (command, options) => {
        const kept: Uint8Array[] = [];
        hoard.push(kept);
        return [command, { ...options, onOutput: (chunk) => void kept.push(chunk.data) }];
      }),
  },
  {
    fault: 'kills when a reader leaves',
    caughtBy: 'leaving for await releases the stream and does not kill',
    says: 'signaled',
    breakIt: (inner) =>
      giving(inner, (execution) => ({
        async *[Symbol.asyncIterator]() {
          try {
            for await (const chunk of { [Symbol.asyncIterator]: () => execution[Symbol.asyncIterator]() }) yield chunk;
          } finally {
            await execution.kill();
          }
        },
      })),
  },
  {
    fault: 'shows no gap in offset',
    caughtBy: 'a late iterator goes on behind the gap, and offset shows it',
    says: 'is not what the command wrote',
    breakIt: (inner) =>
      giving(inner, (execution) => ({
        async *[Symbol.asyncIterator]() {
          let offset = 0;
          for await (const chunk of { [Symbol.asyncIterator]: () => execution[Symbol.asyncIterator]() }) {
            yield { ...chunk, offset };
            offset += chunk.data.length;
          }
        },
      })),
  },
  {
    fault: 'gives the same chunk to all calls of next() that wait',
    caughtBy: 'many calls of next() at once get successive chunks, and then the end',
    says: 'strictly equal',
    breakIt: (inner) =>
      giving(inner, (execution) => ({
        [Symbol.asyncIterator]: () => {
          const chunks = execution[Symbol.asyncIterator]();
          let pending: Promise<IteratorResult<OutputChunk>> | undefined;
          return {
            next: () => {
              pending ??= chunks.next().finally(() => {
                pending = undefined;
              });
              return pending;
            },
          };
        },
      })),
  },
  {
    fault: 'keeps large buffers behind small results',
    caughtBy: 'many results that keep little hold little',
    says: 'are kept holds',
    boundMs: 20_000,
    breakIt: (inner) =>
      withResults(inner, ({ stdout, ...result }) => {
        const { totalBytes, omittedBytes, head, tail, text } = stdout;
        const large = Buffer.alloc(65_536);
        return { ...result, stdout: { totalBytes, omittedBytes, head, tail, text, bytes: large.subarray(0, head.length) } };
      }),
  },
  {
    fault: 'does not look at what onOutput returned',
    caughtBy: 'when what it returned rejects, the command is cancelled, and nothing is an unhandledRejection',
    says: 'should have ended',
    breakIt: (inner) =>
      asking(inner, (command, { onOutput, ...options }) => [
        command,
        { ...options, onOutput: (chunk) => void Promise.resolve(onOutput?.(chunk)).catch(() => undefined) },
      ]),
  },
  {
    fault: 'reads a file as a Buffer',
    caughtBy: 'what is written is read, byte for byte, and commands see it',
    says: 'deep',
    breakIt: (inner) => {
      const { files } = inner;
      const read: Executor['files']['read'] = async (path, options) => Buffer.from(await files.read(path, options));
      return like(inner, { files: Object.assign(Object.create(null), { read, write: files.write.bind(files) }) });
    },
  },
];
