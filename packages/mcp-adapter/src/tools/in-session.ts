import { invalidOption } from '@errand/core/checks';
import type { SessionBegin } from '../sessions/named-session.ts';
import type { RunCommandArguments } from './run-command-schemas.ts';

/** What a session cannot do for one of its commands, and what does instead. */
const REFUSED: readonly (readonly [argument: keyof RunCommandArguments, instead: string])[] = [
  ['argv', 'command, which the shell of the session parses'],
  ['background', "a command with '&' in the session, or background without session"],
  ['user', 'user without session: a session runs as the account that the target gives'],
  ['merge_stderr', "'2>&1' in the command, or 'exec 2>&1' for all that follow"],
  ['idempotency_key', 'the key without session: what was done in a session cannot be told from what was done before'],
];

/** @throws ExecError `EXEC_INVALID_OPTION` for an argument that a session does not take */
export function refuseInSession(args: RunCommandArguments): void {
  for (const [argument, instead] of REFUSED) {
    if (args[argument] !== undefined && args[argument] !== false) throw invalidOption(argument, 'not in a session', instead);
  }
}

/** What a call says of how its session begins. */
export function whereItBegins({ cwd, env }: RunCommandArguments): SessionBegin {
  return { ...(cwd !== undefined && { cwd }), ...(env !== undefined && { env }) };
}
