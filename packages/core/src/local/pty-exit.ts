import { constants } from 'node:os';
import type { ProcessExit } from '../driver.ts';
import type { Signal } from '../result.ts';
import type { Pty } from './node-pty-client.ts';

/** How what runs in a terminal of node-pty ends. */
export function ptyExit(pty: Pty): Promise<ProcessExit> {
  return new Promise((settle) => {
    pty.onExit(({ exitCode, signal }) => settle(signal ? { signal: signalName(signal) } : { exitCode }));
  });
}

function signalName(number: number): Signal {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return (found?.[0] ?? `SIG${number}`) as Signal;
}
