import { openTarget } from '../targets.ts';
import { UsageError } from '../usage-error.ts';
import { runLines } from './lines.ts';
import { type ShellFlags, toSessionOptions, toShellCommand } from './shell-flags.ts';
import { runTerminal } from './terminal.ts';

/** Opens a terminal, or a session where there is none, and gives the exit code. */
export async function shell(argv: readonly string[], flags: ShellFlags): Promise<number> {
  const command = toShellCommand(argv, flags);
  const options = toSessionOptions(flags);
  const executor = await openTarget(flags);
  try {
    if (executor.supports.terminal && process.stdin.isTTY && process.stdout.isTTY)
      return await runTerminal(executor, { ...options, ...(command !== undefined && { command }) });
    if (command !== undefined)
      throw new UsageError(
        "shell: a command needs a terminal on stdin and stdout, and one on the target (see 'errand doctor'). Use errand run.",
      );
    return await runLines(executor, options);
  } finally {
    await executor.close();
  }
}
