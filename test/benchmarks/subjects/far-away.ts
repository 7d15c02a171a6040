import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SshTarget } from './ssh-target.ts';

/** The same server, so many milliseconds of round trip away: a proxy in a process of its own, so that it takes no turns of who is measured. */
export async function withFarTarget<T>(near: SshTarget, roundTripMs: number, measure: (far: SshTarget) => Promise<T>): Promise<T> {
  const main = join(import.meta.dirname, 'far-away-main.ts');
  const child = spawn(process.execPath, [main, String(near.port), String(roundTripMs / 2)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(child, 'close');
  try {
    return await measure({ ...near, port: await portOf(child) });
  } finally {
    child.stdin.end();
    await gone;
  }
}

async function portOf({ stdout }: ChildProcess): Promise<number> {
  const [line] = stdout ? await once(stdout, 'data') : [];
  return Number(line);
}
