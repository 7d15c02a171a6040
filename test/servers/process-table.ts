import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that runs; a zombie does not. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** In clock ticks since boot. A pid with its start time is never used again. */
  readonly startTime: string;
}

/** All processes of this machine. */
export function processTable(): ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => (/^\d/.test(name) ? readEntry(name) : []));
}

/** A file of a process's directory in /proc; empty when the process is gone. */
export function processFile(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** Kills what `find` finds until it finds nothing: who is killed may have started others a moment before. */
export async function killAll(find: () => readonly ProcessEntry[]): Promise<void> {
  for (let i = 0; i < 300; i += 1) {
    const found = find();
    if (found.length === 0) return;
    for (const { pid } of found) signalProcess(pid, 'SIGKILL');
    await delay(10);
  }
  throw new Error(`These processes do not end: ${JSON.stringify(find())}`);
}

/** One that is gone needs no signal. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (fault) {
    if (Reflect.get(Object(fault), 'code') !== 'ESRCH') throw fault;
  }
}

/** See proc_pid_stat(5). The name, in parentheses, may hold anything, so fields are counted after its end. */
function readEntry(pid: string): ProcessEntry[] {
  const stat = processFile(pid, 'stat');
  const [state, parent, ...others] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (stat === '' || state === 'Z' || state === 'X') return [];
  return [{ pid: Number(pid), parent: Number(parent), startTime: others[17] ?? '' }];
}
