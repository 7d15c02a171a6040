import type { Command } from 'commander';
import type { ValidateFlags } from '../config/validate.ts';
import { configOption } from './target-options.ts';

const HELP = `
Every fault is told at once, a line each on stderr: FILE:LINE:COLUMN: PATH: what is wrong, and what is allowed. Placeholders are filled
in, so the variables and files that they name must be there. A warning is what is allowed and will not work here, such as a kind
whose package is not installed.

Exit code: 0 the file is valid, 1 it is not (with --strict: or has warnings), 125 there is no such file, or wrong use
`;

/** Adds `errand validate`. */
export function addValidateCommand(program: Command): void {
  program
    .command('validate')
    .description('check a configuration file')
    .argument('[FILE]', 'as --config')
    .addOption(configOption())
    .option('--strict', 'take warnings for faults')
    .option('--print-schema', 'print the JSON Schema of the file, for editors, and check nothing')
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, flags: ValidateFlags) => {
      const { validate } = await import('../config/validate.ts');
      process.exitCode = await validate(file, flags);
    });
}
