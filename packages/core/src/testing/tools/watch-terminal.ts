import type { Terminal } from '../../terminal.ts';

/** What a terminal prints, read as it comes. */
export interface TerminalWatch {
  /** Waits until what was printed so far holds this, and gives what the pattern found. Rejects when the terminal ends without it. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Reads a terminal. */
export function watchTerminal(terminal: Terminal): TerminalWatch {
  let text = '';
  let over = false;
  const waiters = new Set<() => void>();
  const look = (): void => {
    for (const wake of [...waiters]) wake();
  };
  terminal.stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    look();
  });
  for (const event of ['end', 'close']) {
    terminal.stream.once(event, () => {
      over = true;
      look();
    });
  }
  return {
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const wait = (): void => {
          const found = pattern.exec(text);
          if (!found && !over) return;
          waiters.delete(wait);
          if (found) resolve(found);
          else reject(new Error(`The terminal ended without ${pattern}: ${JSON.stringify(text.slice(-400))}`));
        };
        waiters.add(wait);
        wait();
      }),
  };
}
