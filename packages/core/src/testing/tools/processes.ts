import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether this machine runs a process; a zombie does not run. */
export function isAlive(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return state !== '' && !state.startsWith('Z');
  } catch {
    return false;
  }
}

/** Field 22 of /proc/PID/stat. */
export function startTime(pid: number): string {
  return statOf(pid)[19] ?? '';
}

/** The session of a process, by its leader's pid. */
export function sessionOf(pid: number): number {
  return Number(statOf(pid)[3]);
}

/** The fields of /proc/PID/stat from the third on: the name before may hold anything. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Pids of the children of a process. */
export function childrenOf(pid: number): number[] {
  return parents().flatMap(([child, parent]) => (parent === pid ? [child] : []));
}

/**
 * Pid of the parent of a process.
 *
 * @throws Error where it has none of its own: a signal to init's or to no process's group would reach the whole machine.
 */
export function parentOf(pid: number): number {
  const parent = parents().find(([child]) => child === pid)?.[1] ?? 0;
  if (parent <= 1) throw new Error(`Process ${pid} has no parent to be signalled.`);
  return parent;
}

function parents(): (readonly [number, number])[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [child = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    return [child, parent];
  });
}
