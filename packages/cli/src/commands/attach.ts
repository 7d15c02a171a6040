import type { Command } from 'commander';
import { type AttachFlags, attach } from '../detached/attach.ts';
import { parseOffset } from '../detached/byte-offset.ts';
import { ATTACH_HELP } from '../detached/help.ts';
import { configOption, targetOption } from './target-options.ts';

/** Adds `errand attach`. */
export function addAttachCommand(program: Command): void {
  program
    .command('attach')
    .description('print the output of a detached command as it comes, and exit with its code')
    .argument('<ID>', 'what errand run --detach printed')
    .addOption(targetOption('where it runs'))
    .addOption(configOption())
    .option('--stdout-offset <bytes>', 'where to begin in its stdout (default: 0)', (text) => parseOffset('--stdout-offset', text))
    .option('--stderr-offset <bytes>', 'where to begin in its stderr (default: 0)', (text) => parseOffset('--stderr-offset', text))
    .addHelpText('after', ATTACH_HELP)
    .action(async (id: string, flags: AttachFlags) => {
      const { code, signal } = await attach(id, flags);
      process.exitCode = code;
      // Output that nobody takes would keep this process alive.
      if (signal) process.exit();
    });
}
