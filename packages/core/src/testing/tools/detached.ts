import type { Command } from '../../command.ts';
import type { Executor } from '../../executor.ts';
import type { ExecOptions } from '../../options.ts';
import type { ExecResult } from '../../result.ts';

/** So short that a case can wait for its end. */
export const KEEP_MS = 1_000;

/** Runs a detached command to its end. */
export function runDetached(executor: Executor, command: Command, options: ExecOptions = {}): Promise<ExecResult> {
  return executor.exec(command, { detached: true, keepMs: KEEP_MS, ...options });
}
