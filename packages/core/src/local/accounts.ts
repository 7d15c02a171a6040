import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { NotStarted } from '../driver.ts';
import { ExecError } from '../errors.ts';

/** An account that commands can run as. */
export interface Account {
  /** Words in front of a command that make it run as this account, with the account's own groups. */
  readonly prefix: readonly string[];
  /** What a login would set. */
  readonly env: Readonly<Record<string, string>>;
}

/** util-linux's setpriv keeps the pid and sets supplementary groups; Node's own `uid` and `gid` would drop them. */
const SETPRIV = '/usr/bin/setpriv';

/** Whether this process may run commands as other users: it is root, and has the tool for it. */
export function canSwitchUser(): boolean {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return false;
  try {
    accessSync(SETPRIV, constants.X_OK);
    // busybox's applet of the same name knows none of the options.
    return readFileSync(SETPRIV).includes('init-groups');
  } catch {
    return false;
  }
}

/**
 * Looks an account up by name or uid.
 *
 * @throws NotStarted with `EXEC_NOT_FOUND` when there is none.
 */
export async function findAccount(user: string): Promise<Account> {
  const entry = /^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/.test(user) ? await getent(user) : undefined;
  const [name, , uid, gid, , home, shell] = entry?.split(':') ?? [];
  if (name && uid && gid) {
    return {
      prefix: [SETPRIV, '--reuid', uid, '--regid', gid, '--init-groups', '--'],
      env: { USER: name, LOGNAME: name, HOME: home || '/', SHELL: shell || '/bin/sh' },
    };
  }
  // A container's uid need not stand in any list.
  if (/^\d{1,9}$/.test(user)) return { prefix: [SETPRIV, '--reuid', user, '--regid', user, '--clear-groups', '--'], env: { HOME: '/' } };
  throw new NotStarted(
    new ExecError('EXEC_NOT_FOUND', `user: this machine has no account '${user}'. Name an existing one, or a uid.`, {
      detail: { option: 'user', what: 'user', name: user },
    }),
  );
}

function getent(user: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('getent', ['passwd', user], { timeout: 10_000 }, (error, stdout) => resolve(error ? undefined : stdout.trim()));
  });
}
