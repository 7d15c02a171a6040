import type { Kit } from '../case.ts';

/** 8 MiB, more than the buffers on the way hold, or what the target allows. */
export function much({ supports }: Kit): number {
  return Math.min(128, Math.floor((supports.maxOutputBytes - 1_024) / 65_536)) * 65_536;
}

/** Shell source that prints so many zero bytes. */
export function printMuch(kit: Kit): string {
  return `dd if=/dev/zero bs=65536 count=${much(kit) / 65_536} 2>/dev/null`;
}
