import type { ByteChannel } from '../driver.ts';

/** A shell that does not end by itself is destroyed after this long. */
const END_MS = 2_000;

/** Ends a shell's input, at which it should end; it is destroyed where it does not. Keeps no Node from exiting. */
export function letGo(channel: ByteChannel): void {
  channel.stdin.end();
  const timer = setTimeout(() => channel.destroy(), END_MS).unref();
  channel.closed.catch(() => {}).then(() => clearTimeout(timer));
}
