import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 40;

/**
 * Looks again and again until `look` gives true.
 *
 * @throws Error that says what did not become true within `boundMs` milliseconds.
 */
export async function poll(what: string, boundMs: number, look: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + boundMs;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${boundMs} ms.`);
    await delay(EVERY_MS);
  }
}
