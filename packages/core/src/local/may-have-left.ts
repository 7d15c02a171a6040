import { readFileSync } from 'node:fs';

/** Looking at more costs more than it saves. */
const MOST_LOOKED_AT = 64;
const MOST_REMEMBERED = 1_024;

/** This process's latest commands, of all executors, with their place in the order of starting. None is a leftover of another. */
const commands = new Map<number, number>();
let started = 0;

/** To be called with the pid of each command. */
export function noteCommand(pid: number): void {
  // A pid that was given out again counts as the latest.
  commands.delete(pid);
  commands.set(pid, started++);
  const [oldest] = commands.keys();
  if (commands.size > MOST_REMEMBERED && oldest !== undefined) commands.delete(oldest);
}

/**
 * Whether a command that is over may have left processes: others were made since it was, besides later commands. Field 5 of
 * /proc/loadavg is the last pid that was given out; reading it costs microseconds.
 */
export function mayHaveLeft(pid: number): boolean {
  const last = lastPid();
  const place = commands.get(pid);
  if (last === undefined || place === undefined || last < pid || last - pid > MOST_LOOKED_AT) return true;
  for (let later = pid + 1; later <= last; later += 1) if ((commands.get(later) ?? -1) < place) return true;
  return false;
}

function lastPid(): number | undefined {
  try {
    const last = Number(readFileSync('/proc/loadavg', 'latin1').trimEnd().split(' ')[4]);
    return Number.isInteger(last) ? last : undefined;
  } catch {
    return undefined;
  }
}
