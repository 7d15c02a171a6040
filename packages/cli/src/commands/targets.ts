import type { Command } from 'commander';
import { collectLabel, listTargets } from '../config/list-targets.ts';
import { configOption } from './target-options.ts';

const HELP = `
--json: an array of { name, kind, entry, labels, mcp, description }; entry is the key below targets, which may stand for many hosts,
mcp what errand serve offers of it (commands, tools, none), description is left out where there is none.
`;

/** Adds `errand targets`. */
export function addTargetsCommand(program: Command): void {
  program
    .command('targets')
    .description('list the targets of the configuration file')
    .addOption(configOption())
    .option('--label <NAME=value>', 'only those with this label; may be repeated', collectLabel)
    .option('--json', 'print one JSON array, in place of the table')
    .addHelpText('after', HELP)
    .action(listTargets);
}
