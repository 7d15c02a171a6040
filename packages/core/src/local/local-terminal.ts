import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { type DriverTerminal, NotStarted, type TerminalRequest } from '../driver.ts';
import { ExecError } from '../errors.ts';
import { scriptArgv } from '../launcher/script-argv.ts';
import type { Account } from './accounts.ts';
import { currentDirectory } from './current-directory.ts';
import { type Pty, spawnPty } from './node-pty-client.ts';
import { noteMaster } from './open-masters.ts';
import { ProcessTree } from './process-tree.ts';
import { ptyExit } from './pty-exit.ts';
import { PtyStream } from './pty-stream.ts';
import { foreseeFault, isRunnable } from './spawn-errors.ts';

/** A terminal on this machine, whose process leads a group and a session. */
export interface LocalTerminal {
  readonly pid: number;
  readonly terminal: DriverTerminal;
}

/**
 * Starts a command in a terminal.
 *
 * @throws NotStarted
 */
export function startTerminal(request: TerminalRequest, env: NodeJS.ProcessEnv, account: Account | undefined): LocalTerminal {
  const { shell, columns, rows, term, marker } = request;
  const command = request.command ?? [loginShell(env), '-l'];
  // Relative to a directory that somebody removed nothing can be found.
  const cwd = resolve(currentDirectory() ?? '/', request.cwd ?? '.');
  // node-pty's child would print it, and exit with 1.
  foreseeFault({ command, cwd, shell }, env);
  const argv = typeof command === 'string' ? scriptArgv(shell, command) : command;
  const pty = openPty([...(account?.prefix ?? []), ...argv], {
    name: term,
    cols: columns,
    rows,
    cwd,
    env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    encoding: null,
  });
  noteMaster(pty);
  const tree = new ProcessTree(pty.pid, marker);
  return {
    pid: pty.pid,
    terminal: {
      stream: new PtyStream(pty),
      exit: ptyExit(pty),
      resize: async (newColumns, newRows) => {
        // A descriptor that was closed may be another's by now.
        if (!pty._socket.destroyed) pty.resize(newColumns, newRows);
      },
      kill: async (signal, scope) => (scope === 'group' ? tree.signalSession(signal) : tree.signal(signal, scope)),
    },
  };
}

function openPty(...[argv, options]: Parameters<typeof spawnPty>): Pty {
  try {
    return spawnPty(argv, options);
  } catch (cause) {
    const message = 'This machine gave no terminal. Try again later, or raise its limits (kernel.pty.max, processes).';
    throw new NotStarted(new ExecError('EXEC_UNAVAILABLE', message, { cause }));
  }
}

/** `-l` makes a login shell of each that is in use. */
function loginShell(env: NodeJS.ProcessEnv): string {
  return [env['SHELL'], ownShell()].find((shell) => shell?.startsWith('/') && isRunnable(shell)) ?? '/bin/sh';
}

/** That of the account list; a container's uid need not stand in it. */
function ownShell(): string | undefined {
  try {
    return userInfo().shell ?? undefined;
  } catch {
    return undefined;
  }
}
