import type { Command } from 'commander';
import { PS_HELP } from '../detached/help.ts';
import { ps } from '../detached/ps.ts';
import { configOption, targetOption } from './target-options.ts';

/** Adds `errand ps`. */
export function addPsCommand(program: Command): void {
  program
    .command('ps')
    .description('list the commands that errand run --detach started')
    .addOption(targetOption('where they run'))
    .addOption(configOption())
    .option('--json', 'print one JSON array, in place of the table')
    .addHelpText('after', PS_HELP)
    .action(ps);
}
