import { spawn } from 'node:child_process';
import type { ByteChannel } from '../driver.ts';

/** A plain sh on this machine. Neither it nor its pipes keep Node from exiting, and it knows nothing of this process's environment. */
export async function openLocalShell(): Promise<ByteChannel> {
  const child = spawn('/bin/sh', [], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
  });
  const closed = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  child.unref();
  for (const stream of child.stdio) (stream as { unref?: () => void } | null)?.unref?.();
  const { stdin, stdout, stderr } = child;
  return { stdin, stdout, stderr, closed, destroy: () => void child.kill('SIGKILL') };
}
