import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { killAll, processFile, processTable } from './process-table.ts';
import { programPath } from './programs.ts';

/** Login shells by the names of their accounts, each with the program that it is. */
const PROGRAMS = { dash: 'dash', bash: 'bash', ash: 'busybox', fish: 'fish', zsh: 'zsh', tcsh: 'tcsh' } as const;
const DIRECTORY = join(tmpdir(), 'errand-accounts-');

export type LoginShell = keyof typeof PROGRAMS;
export const LOGIN_SHELLS: readonly LoginShell[] = ['dash', 'bash', 'ash', 'fish', 'zsh', 'tcsh'];

/** An account of this machine. Its home is empty at first: rc files are the test's. */
export interface SshAccount {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
  /** The file that is its login shell. */
  readonly shell: string;
}

/** Accounts to log in to, until `remove`: one a login shell, and one with a password. Only root can make them. */
export class SshAccounts {
  readonly #directory: string;
  readonly #accounts = new Map<string, SshAccount>();
  readonly #password = randomBytes(12).toString('hex');

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** One for each of these shells, and the one with a password. */
  static async make(shells: readonly LoginShell[] = LOGIN_SHELLS): Promise<SshAccounts> {
    await removeAbandoned();
    const accounts = new SshAccounts(await mkdtemp(DIRECTORY));
    try {
      await accounts.#make(shells);
      return accounts;
    } catch (fault) {
      await accounts.remove();
      throw fault;
    }
  }

  /** The one with this login shell. No password fits it. */
  of(shell: LoginShell): SshAccount {
    return this.#named(shell);
  }

  /** One with dash that may log in by password too, and by keyboard-interactive, where sshd is told to allow it. */
  get withPassword(): SshAccount & { readonly password: string } {
    return { ...this.#named('password'), password: this.#password };
  }

  /** Ends whatever runs as them, and removes them with their homes. */
  async remove(): Promise<void> {
    await removeAccounts([...this.#accounts.values()]);
    this.#accounts.clear();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #make(shells: readonly LoginShell[]): Promise<void> {
    // Homes and a shell lie in it, and mkdtemp lets nobody else in.
    await chmod(this.#directory, 0o755);
    for (const name of ['bin', 'home', 'skeleton']) await mkdir(join(this.#directory, name));
    for (const shell of shells) this.#add(shell, await this.#shellFile(shell));
    this.#add('password', await this.#shellFile('dash'));
    // Through stdin: every process of this machine may read arguments.
    execFileSync('chpasswd', { input: `${this.withPassword.name}:${this.#password}\n`, stdio: 'pipe' });
  }

  #add(kind: string, shell: string): void {
    const name = `${PREFIX}${kind}-${process.pid}`;
    const home = join(this.#directory, 'home', kind);
    const files = ['--create-home', '--home-dir', home, '--skel', join(this.#directory, 'skeleton')];
    // `*` is a password that nothing fits. useradd's own, `!`, locks the account: without PAM, sshd then refuses its keys too.
    execFileSync('useradd', [...files, '--shell', shell, '--password', '*', name], { stdio: 'pipe' });
    const uid = passwd().find((account) => account.name === name)?.uid;
    if (uid === undefined) throw new Error(`useradd did not add ${name}.`);
    this.#accounts.set(kind, { name, uid, home, shell });
  }

  /** sshd calls a login shell by the name of its file, and busybox tells from that name which of its programs it is. */
  async #shellFile(shell: LoginShell): Promise<string> {
    const program = programPath(PROGRAMS[shell]);
    if (program === undefined) throw new Error(`${PROGRAMS[shell]} is not installed.`);
    if (shell !== 'ash') return program;
    const link = join(this.#directory, 'bin', shell);
    await symlink(program, link);
    return link;
  }

  #named(kind: string): SshAccount {
    const account = this.#accounts.get(kind);
    if (!account) throw new Error(`There is no account ${kind} (any more).`);
    return account;
  }
}

/** Of every account's name; the pid of who made it ends it. */
const PREFIX = 'errand-t-';

/** Those of test runs that were killed. */
async function removeAbandoned(): Promise<void> {
  const abandoned = passwd().filter(({ name }) => {
    const { pid } = new RegExp(`^${PREFIX}[a-z]+-(?<pid>\\d+)$`).exec(name)?.groups ?? {};
    return pid !== undefined && processFile(pid, 'stat') === '';
  });
  await removeAccounts(abandoned);
  for (const directory of new Set(abandoned.map(({ home }) => dirname(dirname(home)))))
    if (directory.startsWith(DIRECTORY)) await rm(directory, { recursive: true, force: true });
}

async function removeAccounts(accounts: readonly Pick<SshAccount, 'name' | 'uid'>[]): Promise<void> {
  // userdel refuses an account that something runs as, and with --force leaves that running as nobody.
  const uids = new Set(accounts.map(({ uid }) => uid));
  await killAll(() => processTable().filter(({ pid }) => uids.has(realUid(pid))));
  // Without --remove, which looks for a mailbox and says that there is none. Homes go with the directory that they lie in.
  for (const { name } of accounts) await removeAccount(name);
  // fish makes it for an account that has no XDG_RUNTIME_DIR.
  for (const { name } of accounts) await rm(join('/tmp', `fish.${name}`), { recursive: true, force: true });
}

/** Another run may be removing it at the same time, or another account: each has the lock of the files meanwhile. */
async function removeAccount(name: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      execFileSync('userdel', ['--force', name], { stdio: 'pipe' });
      return;
    } catch (fault) {
      if (!passwd().some((account) => account.name === name)) return;
      if (tries === 50) throw fault;
      await delay(100);
    }
  }
}

/** Who started it, whatever set-user-ID program it is. */
function realUid(pid: number): number {
  return Number(/^Uid:\t(\d+)/m.exec(processFile(pid, 'status'))?.[1] ?? -1);
}

function passwd(): Pick<SshAccount, 'name' | 'uid' | 'home'>[] {
  const lines = readFileSync('/etc/passwd', 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [name = '', , uid, , , home = ''] = line.split(':');
    return { name, uid: Number(uid), home };
  });
}
