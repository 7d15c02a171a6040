import { readFileSync } from 'node:fs';

/** Whether this kernel shows an account the system calls of all its processes: with Yama, as on Ubuntu, those of its children alone. */
export function showsCalls(): boolean {
  try {
    return Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8')) === 0;
  } catch {
    return true;
  }
}
