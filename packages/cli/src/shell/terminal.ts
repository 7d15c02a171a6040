import type { Executor, TerminalOptions } from '@errand/core';
import { exitCodeOfResult, exitCodeOfSignal } from '../exit-code.ts';
import { Termination } from '../termination.ts';

/** Joins this process's terminal to one on the target. */
export async function runTerminal(executor: Executor, options: TerminalOptions): Promise<number> {
  const { stdin, stdout } = process;
  const { columns, rows } = stdout;
  const terminal = await executor.openTerminal({
    ...options,
    columns: columns || 80,
    rows: rows || 24,
    term: process.env['TERM'] || 'xterm',
  });
  const resize = (): void => void terminal.resize(stdout.columns || 80, stdout.rows || 24).catch(() => {});
  const termination = new Termination({ first: () => void terminal.close(), again: () => terminal.stream.destroy() });
  // Ctrl-C is a byte for the command from now on.
  stdin.setRawMode(true);
  try {
    stdout.on('resize', resize);
    stdin.pipe(terminal.stream);
    terminal.stream.pipe(stdout, { end: false });
    const shown = new Promise((resolve) => terminal.stream.once('close', resolve));
    const result = await terminal.result;
    if (!termination.signal) await shown;
    return termination.signal ? exitCodeOfSignal(termination.signal) : exitCodeOfResult(result);
  } finally {
    stdout.off('resize', resize);
    stdin.unpipe(terminal.stream);
    stdin.setRawMode(false);
    termination.stop();
  }
}
