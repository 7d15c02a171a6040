import type { ProcessRequest } from '../driver.ts';

/** A warm shell reads what it is sent byte by byte: beyond this a process of its own is faster. */
const MAX_SOURCE_BYTES = 4_096;

/** Whether a warm shell can serve a command as faithfully as a process of its own. */
export function isServable({ stdin, user, limits, command, env }: ProcessRequest): boolean {
  if (stdin || user !== undefined || Object.values(limits).some((limit) => limit !== undefined)) return false;
  const words = typeof command === 'string' ? [command] : command;
  const bytes = [...words, ...Object.entries(env).flatMap(([name, value]) => [name, value ?? ''])].reduce(
    (sum, word) => sum + Buffer.byteLength(word),
    0,
  );
  return bytes <= MAX_SOURCE_BYTES;
}
