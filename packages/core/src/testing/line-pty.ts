import type { DriverPty, PtyRequest } from '../driver.ts';
import { spawnPty } from '../local/node-pty-client.ts';
import { noteMaster } from '../local/open-masters.ts';
import { ptyExit } from '../local/pty-exit.ts';
import { PtyStream } from '../local/pty-stream.ts';

/** Has a login shell run a line in a terminal on this machine: what sshd and container runtimes do. */
export async function openLinePty(
  { line, columns, rows, term }: PtyRequest,
  loginShell: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<DriverPty> {
  const pty = spawnPty([...loginShell, '-c', line], { name: term, cols: columns, rows, cwd: process.cwd(), env, encoding: null });
  noteMaster(pty);
  const stream = new PtyStream(pty);
  return {
    stdin: stream,
    stdout: stream,
    exit: ptyExit(pty),
    resize: async (newColumns, newRows) => {
      // A descriptor that was closed may be another's by now.
      if (!pty._socket.destroyed) pty.resize(newColumns, newRows);
    },
    destroy: () => void stream.destroy(),
  };
}
