import { readFileSync } from 'node:fs';

/**
 * Whether a command that is over may have left processes: others were made since it was. Field 5 of /proc/loadavg is the last
 * pid that was given out; reading it costs microseconds.
 */
export function mayHaveLeft(pid: number): boolean {
  try {
    return Number(readFileSync('/proc/loadavg', 'latin1').trimEnd().split(' ')[4]) !== pid;
  } catch {
    return true;
  }
}
