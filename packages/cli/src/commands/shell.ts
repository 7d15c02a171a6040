import type { Command } from 'commander';
import { collectVariable } from '../run/environment-option.ts';
import { SHELL_HELP } from '../shell/help.ts';
import { shell } from '../shell/shell.ts';
import type { ShellFlags } from '../shell/shell-flags.ts';
import { configOption, targetOption } from './target-options.ts';

/** Adds `errand shell`. */
export function addShellCommand(program: Command): void {
  program
    .command('shell')
    .description('open a terminal, or a session that reads lines where there is none')
    .usage('[options] [--] [PROGRAM [ARGUMENT...]]\n       errand shell [options] -c SCRIPT')
    .argument('[argv...]', 'program and arguments; default: the login shell')
    .option('-c <script>', 'shell source to run with /bin/sh, in place of a program')
    .addOption(targetOption('where to run'))
    .addOption(configOption())
    .option('--cwd <directory>', 'where it starts')
    .option('--env <NAME=value>', 'set a variable; NAME alone takes its value from here; may be repeated', collectVariable)
    .option('--user <name>', 'the account to run as; in a terminal only')
    .passThroughOptions()
    .addHelpText('after', SHELL_HELP)
    .action(async (argv: string[], flags: ShellFlags) => {
      process.exitCode = await shell(argv, flags);
      // Standard input, which somebody may still have open, would keep this process alive.
      process.stdin.destroy();
    });
}
