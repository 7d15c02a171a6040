import type { Execution } from '../../execution.ts';
import type { OutputChunk } from '../../output.ts';

/** Collects what a running command prints, to wait for a line of it. */
export interface OutputWatch {
  /** To be passed to `spawn`. */
  readonly onOutput: (chunk: OutputChunk) => void;
  /** Waits for the `n`th line of stdout (from 1), and rejects when the command ended without it. */
  line(execution: Execution, n?: number): Promise<string>;
}

/** Watches stdout line by line, without applying back-pressure. */
export function watchOutput(): OutputWatch {
  let text = '';
  const waiters = new Set<() => void>();
  return {
    onOutput: (chunk) => {
      if (chunk.stream === 'stdout') text += Buffer.from(chunk.data).toString('latin1');
      for (const wake of [...waiters]) wake();
    },
    line: (execution, n = 1) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const lines = text.split('\n');
          if (lines.length <= n) return;
          waiters.delete(look);
          resolve(lines[n - 1] ?? '');
        };
        waiters.add(look);
        const ended = (how: string): void => {
          look();
          waiters.delete(look);
          reject(new Error(`The command ended (${how}) before line ${n} of its output; it printed: ${JSON.stringify(text.slice(0, 200))}`));
        };
        execution.result.then(
          (result) => ended(`${result.outcome} ${result.stderr.text}`),
          (error: unknown) => ended(String(error)),
        );
        look();
      }),
  };
}
