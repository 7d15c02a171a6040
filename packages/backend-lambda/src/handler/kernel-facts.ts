import { readFileSync } from 'node:fs';

/** Of Linux on every processor that Lambda has. */
const TICK_MS = 10;

/** How many processes the kernel has killed for want of memory; 0 where it does not tell. */
export function oomKills(): number {
  return Number(/^oom_kill (\d+)$/m.exec(read('/proc/vmstat'))?.[1] ?? 0);
}

/** Processor time of this process's children that ended and were waited for, in milliseconds; see proc_pid_stat(5). */
export function childrenCpuMs(): number {
  const stat = read('/proc/self/stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * TICK_MS;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
