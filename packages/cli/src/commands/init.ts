import type { Command } from 'commander';
import { type InitFlags, init } from '../init/init.ts';

const HELP = `
Without --local, --ssh and --docker it asks, where it runs in a terminal, and else has this machine as its one target. The file says in
comments what else there is.
`;

/** Adds `errand init`. */
export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('write a configuration file with comments')
    .argument('[FILE]', 'which', 'errand.yaml')
    .option('--local', 'with this machine as a target')
    .option('--ssh <[user@]host[:port]>', 'with a host over SSH; may be repeated', append)
    .option('--docker <image>', 'with containers of an image; may be repeated', append)
    .option('--force', 'write the file anew where there is one')
    .addHelpText('after', HELP)
    .action((file: string, flags: InitFlags) => init(file, flags));
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
