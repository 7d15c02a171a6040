import { ExecError } from '../errors.ts';

/** For an account that cannot be used, as SSH servers have them. */
export const ONE_COMMAND_HINT = 'an account that may run one command alone (ForceCommand) cannot be used';

/** What a plain sh was asked, and did not answer: nothing was started. */
export function shellEnded(): ExecError {
  return new ExecError('EXEC_UNAVAILABLE', `The target opened a shell that ended before it could be used; ${ONE_COMMAND_HINT}.`);
}
