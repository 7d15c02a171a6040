import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { JobHost } from './job-record.ts';

let ofThis: JobHost | undefined;

/** This process, as others over the same directory can tell whether it still runs. */
export function thisHost(): JobHost {
  ofThis ??= describeThis();
  return ofThis;
}

function describeThis(): JobHost {
  const startTime = startTimeOf(process.pid);
  return { name: hostname(), pid: process.pid, ...(startTime !== undefined && { startTime }) };
}

/** Whether that process may still run: of another machine nobody knows here. */
export function mayRun({ name, pid, startTime }: JobHost): boolean {
  if (name !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's is there, and refuses.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const now = startTimeOf(pid);
  return startTime === undefined || now === undefined || now === startTime;
}

/** A pid is used again, but never with the same time; nothing where there is no /proc. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
