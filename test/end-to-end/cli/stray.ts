import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { atEnd } from './cleanup.ts';

/** A command that sleeps, with words that no other process on this machine has. What is left of it ends with the file. */
export function uniqueSleep(): string {
  const words = `sleep ${randomInt(10_000, 99_999)}.${randomInt(100_000, 999_999)}`;
  atEnd(() => {
    for (const pid of running(words)) process.kill(pid, 'SIGKILL');
  });
  return words;
}

/** Pids of the processes, shells left out, that run exactly this command. */
function running(words: string): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,stat=,args='], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .flatMap((found) => (found?.[3] === words && !found[2]?.startsWith('Z') ? [Number(found[1])] : []))
    .filter((pid) => pid > 1);
}

/** Waits until exactly `count` processes run this command. */
export async function untilRunning(words: string, count: number, boundMs: number): Promise<void> {
  const end = performance.now() + boundMs;
  while (running(words).length !== count) {
    if (performance.now() > end) throw new Error(`${running(words).length} in place of ${count} '${words}' after ${boundMs} ms.`);
    await delay(50);
  }
}
