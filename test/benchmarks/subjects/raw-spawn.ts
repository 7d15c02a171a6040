import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { slowly } from './slowly.ts';

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Node's own spawn, doing the least that a result needs: a process group, both streams read to their end, close awaited. */
export async function runRaw(program: string, args: readonly string[] = []): Promise<number> {
  const child = start(program, args);
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await closed(child);
  return bytes;
}

/** The same with a slow reader on stdout. */
export async function streamRaw(program: string, args: readonly string[]): Promise<number> {
  const child = start(program, args);
  const ended = closed(child);
  const bytes = await slowly(child.stdout);
  await ended;
  return bytes;
}

function start(program: string, args: readonly string[]): Child {
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.resume();
  return child;
}

function closed(child: Child): Promise<void> {
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => (code === 0 ? done() : failed(new Error(`exited with ${code}`))));
  });
}
