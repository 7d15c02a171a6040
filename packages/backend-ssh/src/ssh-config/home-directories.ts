import { homeDirectory } from '../home-directory.ts';
import { tildeUser } from './expand.ts';
import { parseSettings } from './parse-settings.ts';
import { runSsh, type SshRun } from './run-ssh.ts';

/**
 * The home directories that paths begin with, by user, '' for one's own. Of others OpenSSH is asked, which reads the user database;
 * whom it does not have is left out.
 */
export async function homeDirectories(paths: readonly string[], run: SshRun): Promise<ReadonlyMap<string, string>> {
  const homes = new Map([['', homeDirectory()]]);
  const users = new Set(paths.map(tildeUser).filter((user) => user !== undefined && user !== ''));
  for (const user of users) {
    if (user === undefined) continue;
    const output = await runSsh(['-G', '-T', '-F', 'none', '-o', `ControlPath=~${user}/`, '--', 'localhost'], run).catch(() => '');
    const home = parseSettings(output ?? '').raw('controlpath');
    if (home?.startsWith('/')) homes.set(user, home);
  }
  return homes;
}
