import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** This process, as another one of the same machine can look for it. */
export function ownPlace(): string {
  return `${place()} ${process.pid} ${birthOf(String(process.pid))}`;
}

/** Whether that was a process of this machine, which is gone. */
export function isDead(processPlace: string): boolean {
  const [where, pid = '', birth] = processPlace.split(' ');
  return where === place() && birthOf(pid) !== birth;
}

/** Which pids are told apart here: those of one boot, in one namespace. */
function place(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Without /proc nobody can say who is dead: only what expired is removed.
    return `${hostname()}/unknown`;
  }
}

/** When a process began, in ticks since boot; `none` where there is none, `any` where nobody can know. */
function birthOf(pid: string): string {
  if (place().endsWith('/unknown')) return 'any';
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'none';
  } catch {
    return 'none';
  }
}
