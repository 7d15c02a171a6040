import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ByteChannel } from '../driver.ts';
import { withoutMasters } from './open-masters.ts';

/** All that a shell for Errand's own business needs to know. */
const BARE: Readonly<Record<string, string>> = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };

/** A plain sh on this machine. Neither it nor its pipes keep Node from exiting. */
export async function openLocalShell(env: Readonly<Record<string, string>> = BARE, cwd = '/'): Promise<ByteChannel> {
  const child = withoutMasters(['pipe', 'pipe', 'pipe'], (stdio) => spawn('/bin/sh', [], { detached: true, stdio, cwd, env }));
  // No descriptor or process left, for instance.
  if (child.pid === undefined) throw (await once(child, 'error'))[0];
  const closed = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  child.unref();
  for (const stream of child.stdio) (stream as { unref?: () => void } | null)?.unref?.();
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('The shell has no pipes.');
  return { stdin, stdout, stderr, closed, destroy: () => void child.kill('SIGKILL') };
}
