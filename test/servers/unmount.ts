import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Takes away whatever is mounted below a directory, so that it can be removed. */
export function unmountBelow(directory: string): void {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '').filter((point) => point.startsWith(`${directory}/`));
  for (const point of points.reverse()) execFileSync('umount', ['-l', point]);
}
