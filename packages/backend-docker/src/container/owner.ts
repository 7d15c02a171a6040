import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Carried by every container that is made here. */
export const OWNER_LABEL = 'sh.errand.owner';
/** When one that does not run may be removed by anybody, in milliseconds since 1970. */
const EXPIRY_LABEL = 'sh.errand.expires';

/** How long one that was made takes to be started, at most. */
const EXPIRY_MS = 3_600_000;

/** The labels of a container of this process. */
export function ownLabels(): Record<string, string> {
  return { [OWNER_LABEL]: self(), [EXPIRY_LABEL]: String(Date.now() + EXPIRY_MS) };
}

/**
 * Whether a container with these labels was left behind: by a process of this machine that is dead, or by whoever made it and never got
 * to start it.
 */
export function isLeftOver(labels: Readonly<Record<string, string>>, status: string): boolean {
  const [where, pid = '', birth] = (labels[OWNER_LABEL] ?? '').split(' ');
  if (where === place() && birthOf(pid) !== birth) return true;
  return status !== 'running' && status !== 'paused' && Number(labels[EXPIRY_LABEL]) < Date.now();
}

function self(): string {
  return `${place()} ${process.pid} ${birthOf(String(process.pid))}`;
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
