import { ExecError } from '../errors.ts';

/** Why a target has no shell that can be used, by what it said in place of an answer: mostly it is an account, as SSH servers have them. */
export function whyNoShell(said = ''): string {
  if (/\bsftp\b/i.test(said)) return 'this account gives SFTP only (ForceCommand internal-sftp): it has `files`, and runs no commands';
  return 'over SSH, an account that may run one command alone (ForceCommand), or gives SFTP only, cannot be used for commands';
}

/** Why a shell may say nothing at all, or nothing but what it is sent. */
export function whySilent(said = ''): string {
  const what = said === '' ? 'the shell on the target did not answer' : `the shell on the target said '${said}' and did not answer`;
  return `${what}: over SSH, the account may run one command alone (ForceCommand) that waits, or its login shell or one of that shell's startup files does`;
}

/** What nobody waits for any more: it may read what it was sent yet. */
export function shellSilent(ms: number): ExecError {
  return new ExecError('EXEC_UNAVAILABLE', `Given up after ${ms / 1_000} s: ${whySilent()}.`);
}

/** What a plain sh was asked, and did not answer: nothing was started. */
export function shellEnded(): ExecError {
  const why = `${whyNoShell()}, and one that is out of processes not now`;
  return new ExecError('EXEC_UNAVAILABLE', `The target opened a shell that ended before it could be used; ${why}.`);
}
