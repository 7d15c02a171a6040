import type { Command } from 'commander';
import { PS_HELP } from '../detached/help.ts';
import { ps } from '../detached/ps.ts';

/** Adds `errand ps`. */
export function addPsCommand(program: Command): void {
  program
    .command('ps')
    .description('list the commands that errand run --detach started')
    .option('--target <name>', 'where they run', 'local')
    .option('--json', 'print one JSON array, in place of the table')
    .addHelpText('after', PS_HELP)
    .action(ps);
}
