import { createServer } from 'node:net';

/** `preferred`, which clients can be told once and for all, or 0 for any free one where somebody else has it. */
export function freePort(preferred: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(preferred, '127.0.0.1', () => probe.close(() => resolve(preferred)));
  });
}
