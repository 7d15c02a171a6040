import { Duplex } from 'node:stream';
import type { DriverTerminal } from '../driver.ts';

/** Of which nobody knows whether it began: nothing comes from it, and what is typed goes nowhere. */
export function lostTerminal(fault: unknown): DriverTerminal {
  const exit = Promise.reject(fault);
  exit.catch(() => {});
  const stream = new Duplex({
    read() {
      this.push(null);
    },
    write: (_chunk, _encoding, done) => done(),
  });
  return { stream, exit, resize: async () => {} };
}
