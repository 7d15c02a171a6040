import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A terminal that closes sends the signal before nobody has it any more. */
const MOMENT_MS = 100;

/** Whether this process has a terminal. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/** What SIGHUP may mean. */
export interface HangUp {
  /** Whether the process was started in a terminal. */
  readonly hadTerminal: boolean;
  readonly end: () => void;
  readonly reload: () => void;
}

/** Listens for SIGHUP: a terminal that closes is an end, and everything else asks for the configuration to be read again. */
export function onHangUp({ hadTerminal, end, reload }: HangUp): void {
  process.on('SIGHUP', async () => {
    if (!hadTerminal) return reload();
    await delay(MOMENT_MS);
    if (hasTerminal()) reload();
    else end();
  });
}
