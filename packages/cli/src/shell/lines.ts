import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type ExecResult, type Executor, isExecError, type Session, type SessionOptions } from '@errand/core';
import { exitCodeOfFault, exitCodeOfResult, exitCodeOfSignal } from '../exit-code.ts';
import { writeFault } from '../output/forward.ts';
import { standardOutput } from '../output/standard-output.ts';
import { Termination } from '../termination.ts';

const PROMPT = 'errand> ';

/** Runs each line of stdin in one session. */
export async function runLines(executor: Executor, options: SessionOptions): Promise<number> {
  const session = await executor.openSession(options);
  const { stdin } = process;
  const lines = createInterface({ input: stdin, terminal: false });
  const prompt = (): void => void (stdin.isTTY && process.stderr.write(PROMPT));
  // A failing write is told to whoever waits for it.
  const sinks = [standardOutput(1), standardOutput(2)].map((sink) => sink.on('error', () => {}));
  let running = false;
  const interrupt = (): void => (running ? void session.interrupt() : lines.close());
  process.on('SIGINT', interrupt);
  const termination = new Termination(
    {
      first: () => {
        lines.close();
        void session.close();
      },
      again: () => process.exit(exitCodeOfSignal(termination.signal ?? 'SIGTERM')),
    },
    ['SIGTERM', 'SIGHUP'],
  );
  let code = 0;
  try {
    prompt();
    for await (const line of lines) {
      running = true;
      code = await runLine(session, line, { code, sinks });
      running = false;
      if (session.state === 'closed') break;
      prompt();
    }
    return termination.signal ? exitCodeOfSignal(termination.signal) : code;
  } finally {
    process.off('SIGINT', interrupt);
    lines.close();
    await session.close();
    termination.stop();
  }
}

/** Its exit code; an empty line has that of the one before, as in a shell. */
async function runLine(
  session: Session,
  line: string,
  before: { readonly code: number; readonly sinks: readonly Writable[] },
): Promise<number> {
  if (line.trim() === '') return before.code;
  try {
    const execution = session.spawn(line);
    const output = Promise.all([execution.stdout, execution.stderr].map((stream, i) => copy(stream, before.sinks[i])));
    const [result] = await Promise.all([execution.result, output]);
    return codeOf(result);
  } catch (fault) {
    if (!isExecError(fault)) throw writeFault(fault);
    process.stderr.write(`errand: ${fault.message}\n`);
    return exitCodeOfFault(fault);
  }
}

/** Each piece waits until it is written. A pipeline would leave listeners on a sink that outlives it. */
async function copy(source: Readable, sink: Writable | undefined): Promise<void> {
  for await (const chunk of source) {
    await new Promise<void>((resolve, reject) => {
      if (!sink) return resolve();
      sink.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function codeOf(result: ExecResult): number {
  // By Ctrl-C: nothing else cancels a line.
  return result.outcome === 'cancelled' ? exitCodeOfSignal('SIGINT') : exitCodeOfResult(result);
}
