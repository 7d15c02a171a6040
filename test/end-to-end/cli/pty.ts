import { createRequire } from 'node:module';
import { atEnd } from './cleanup.ts';
import { ERRAND } from './errand.ts';

interface Pty {
  write(text: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: string): void;
  onData(listener: (data: string) => void): void;
  onExit(listener: (exit: { readonly exitCode: number }) => void): void;
}

// Its types are those of a module of another name.
const { spawn } = createRequire(import.meta.url)('node-pty') as {
  spawn(file: string, args: readonly string[], options: object): Pty;
};

/** A program in a terminal of its own. */
export interface InTerminal {
  write(text: string): void;
  resize(columns: number, rows: number): void;
  /** Waits until it has printed that. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  readonly code: Promise<number>;
}

/** Starts `errand ARGS`; what still runs when the file's tests are over is killed. */
export function startInTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): InTerminal {
  return startProgramInTerminal([...ERRAND, ...args], env);
}

/** Starts any program; the same holds. */
export function startProgramInTerminal([file = '', ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): InTerminal {
  const pty = spawn(file, args, { cols: 90, rows: 30, env: { ...process.env, ...env } as Record<string, string> });
  let text = '';
  let over = false;
  const waiters = new Set<() => void>();
  const wake = (): void => {
    for (const look of [...waiters]) look();
  };
  pty.onData((data) => {
    text += data;
    wake();
  });
  const code = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      over = true;
      wake();
      resolve(exitCode);
    });
  });
  atEnd(() => !over && pty.kill('SIGKILL'));
  return {
    write: (data) => pty.write(data),
    resize: (columns, rows) => pty.resize(columns, rows),
    code,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(text);
          if (found) resolve(found);
          else if (over) reject(new Error(`It ended without ${pattern}: ${JSON.stringify(text)}`));
          if (found || over) waiters.delete(look);
        };
        waiters.add(look);
        look();
      }),
  };
}
