import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** What is used of a terminal of node-pty. */
export interface Pty {
  readonly pid: number;
  /** The master's descriptor: open as long as the socket is not destroyed. */
  readonly fd: number;
  /** node-pty's stream of the master. Its own methods lose bytes, and wait in a busy loop to write. */
  readonly _socket: Socket;
  resize(columns: number, rows: number): void;
  onExit(listener: (exit: { readonly exitCode: number; readonly signal?: number }) => void): unknown;
}

interface NodePty {
  spawn(file: string, args: readonly string[], options: PtyOptions): Pty;
}

/** Options of node-pty's `spawn`. */
export interface PtyOptions {
  /** TERM. */
  readonly name: string;
  readonly cols: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Null gives Buffers. */
  readonly encoding: null;
}

/** The second is the first with binaries, where there is no compiler. */
const PACKAGES = ['node-pty', '@lydell/node-pty'];

let loaded: NodePty | string | undefined;

/** Why there are no terminals here, and what to do about it; undefined where there are. Loads node-pty, once. */
export function whyNoPty(): string | undefined {
  loaded ??= load();
  return typeof loaded === 'string' ? loaded : undefined;
}

/**
 * Starts a program in a terminal.
 *
 * @throws Error where the system gives no terminal or process.
 */
export function spawnPty([file = '', ...args]: readonly string[], options: PtyOptions): Pty {
  loaded ??= load();
  if (typeof loaded === 'string') throw new Error(loaded);
  return loaded.spawn(file, args, options);
}

/** Neither is a dependency: most who run commands need no terminal, and node-pty needs a compiler. */
function load(): NodePty | string {
  // A bundler would follow an import. Synchronous, since `supports` is data.
  const require = createRequire(import.meta.url);
  let fault = '';
  for (const name of PACKAGES) {
    try {
      return require(name) as NodePty;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const absent = code === 'MODULE_NOT_FOUND' && message.includes(`'${name}'`);
      if (!absent) fault ||= `${name} cannot be loaded (${message.split('\n', 1)[0]}); `;
    }
  }
  return `${fault}install node-pty, or @lydell/node-pty, which needs no compiler`;
}
