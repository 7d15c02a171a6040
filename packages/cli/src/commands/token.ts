import type { Command } from 'commander';
import { printText } from '../output/print-text.ts';
import { readOrMakeToken } from '../serve/token.ts';

const HELP = `
A client of 'errand serve --http' sends it as 'Authorization: Bearer TOKEN'. NAME says whose it is: what is run with it belongs to the
tenant NAME, who has a fair share of a target's queue. Without NAME it is the token that belongs to nobody.

It lies in $XDG_STATE_HOME/errand/tokens/NAME, or token (default ~/.local/state/errand), for you alone. To revoke it, remove the
file. A server reads the tokens when it starts. Who has one can run commands as this user.
`;

/** Adds `errand token`. */
export function addTokenCommand(program: Command): void {
  program
    .command('token')
    .description('print the token of an HTTP client, and make it the first time')
    .argument('[NAME]', 'whose it is')
    .option('--path', 'print the file that holds it instead')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, { path }: { readonly path?: boolean }) => {
      const { file, value } = await readOrMakeToken(name);
      await printText(`${path ? file : value}\n`);
    });
}
