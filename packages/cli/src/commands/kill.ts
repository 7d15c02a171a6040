import type { Command } from 'commander';
import { KILL_HELP } from '../detached/help.ts';
import { type KillFlags, kill } from '../detached/kill.ts';
import { parseSignal } from '../detached/signal-name.ts';
import { configOption, targetOption } from './target-options.ts';

/** Adds `errand kill`. */
export function addKillCommand(program: Command): void {
  program
    .command('kill')
    .description('end a detached command with all that it started, or send it a signal')
    .argument('<ID>', 'what errand run --detach printed')
    .addOption(targetOption('where it runs'))
    .addOption(configOption())
    .option('--signal <name>', 'send this one signal to its process group, and wait for nothing', (text) => parseSignal('--signal', text))
    .addHelpText('after', KILL_HELP)
    .action(async (id: string, flags: KillFlags) => {
      process.exitCode = await kill(id, flags);
    });
}
