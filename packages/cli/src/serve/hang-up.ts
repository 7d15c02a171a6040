import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A terminal that closes sends the signal before nobody has it any more. */
const MOMENT_MS = 100;

/** Whether this process has a terminal. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/** Listens for SIGHUP: a terminal that closes is an end, and everything else asks for the configuration to be read again. */
export function onHangUp({ end, reload }: { readonly end: () => void; readonly reload: () => void }): void {
  const hadTerminal = hasTerminal();
  process.on('SIGHUP', async () => {
    if (!hadTerminal) return reload();
    await delay(MOMENT_MS);
    if (hasTerminal()) reload();
    else end();
  });
}
