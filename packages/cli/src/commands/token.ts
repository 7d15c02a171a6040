import type { Command } from 'commander';
import { type CreateFlags, createToken } from '../tokens/create.ts';
import { type ListFlags, printTokens } from '../tokens/list.ts';
import { removeToken } from '../tokens/token-directory.ts';

const HELP = `
A client of 'errand serve --http' sends a token as 'Authorization: Bearer TOKEN'. Servers that run take one as soon as it is made, and no more
once it is revoked. Its jobs and sessions are the NAME's: a new token of that name finds them again. Who has one can run commands as
this user, as far as its targets and tools go.

What is kept is a hash, in $XDG_STATE_HOME/errand/tokens (default ~/.local/state), for you alone: the token is shown once.
`;

const CREATE_HELP = `
The token is all of stdout: errand token create ci >token. Without --expires it is valid until it is revoked.
`;

/** Adds `errand token`. */
export function addTokenCommand(program: Command): void {
  const token = program.command('token').description('make, list and revoke the tokens of HTTP clients').addHelpText('after', HELP);
  token
    .command('create')
    .description('make a token and print it, this once')
    .argument('<NAME>', 'whose it is: 1 to 64 letters, digits, . _ -')
    .option('--target <name>', 'let it use this target alone; may be repeated', append)
    .option('--tool <name>', 'let it use this tool alone; may be repeated', append)
    .option('--tenant <name>', "whose the commands are, for quotas and a queue's fair shares (default: NAME)")
    .option('--expires <duration>', 'for how long it is valid, such as 12h or 90d')
    .addHelpText('after', CREATE_HELP)
    .action((name: string, flags: CreateFlags) => createToken(name, flags));
  token
    .command('list')
    .description('tell which there are')
    .option('--json', 'print one JSON array, in place of the table')
    .action((flags: ListFlags) => printTokens(flags));
  token
    .command('revoke')
    .description('end one: nobody comes in with it any more')
    .argument('<NAME>', 'as it was made')
    .action(async (name: string) => {
      await removeToken(name);
      console.error(`errand: the token '${name}' is revoked.`);
    });
  for (const command of token.commands) command.showHelpAfterError(`See 'errand token ${command.name()} --help'.`);
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
