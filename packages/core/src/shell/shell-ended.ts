import { ExecError } from '../errors.ts';

/** Why an account cannot be used, as SSH servers have them, by what it said in place of an answer. */
export function whyNoShell(said = ''): string {
  if (/\bsftp\b/i.test(said)) return 'this account gives SFTP only (ForceCommand internal-sftp): it has `files`, and runs no commands';
  return 'an account that may run one command alone (ForceCommand), or gives SFTP only, cannot be used for commands';
}

/** What a plain sh was asked, and did not answer: nothing was started. */
export function shellEnded(): ExecError {
  const why = `${whyNoShell()}, and one that is out of processes not now`;
  return new ExecError('EXEC_UNAVAILABLE', `The target opened a shell that ended before it could be used; ${why}.`);
}
