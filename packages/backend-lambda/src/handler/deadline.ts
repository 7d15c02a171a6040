import type { CommandEvent } from '../protocol/request.ts';

/** When a command is ended, in milliseconds from now. */
export interface Deadline {
  readonly timeoutMs: number;
  readonly killGraceMs: number;
  /** The function's time is shorter than the command's. */
  readonly isTheFunctions: boolean;
}

/** The smaller of what the command may take and what the function has left, so that its end is told; undefined where nothing is left. */
export function deadlineOf(
  { timeoutMs, killGraceMs }: Pick<CommandEvent, 'timeoutMs' | 'killGraceMs'>,
  leftMs: number,
  marginMs: number,
): Deadline | undefined {
  const usable = Math.floor(leftMs - marginMs);
  if (usable < 1) return undefined;
  const grace = Math.min(killGraceMs, Math.floor(usable / 2));
  const most = Math.max(1, usable - grace);
  return { timeoutMs: Math.min(timeoutMs, most), killGraceMs: grace, isTheFunctions: most < timeoutMs };
}
