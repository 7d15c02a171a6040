import { expandTilde, expandTokens, expandTokensAndVariables } from './expand.ts';
import { homeDirectories } from './home-directories.ts';
import type { Settings } from './parse-settings.ts';
import type { SshRun } from './run-ssh.ts';
import { splitPaths } from './split-paths.ts';
import { tokensOf } from './tokens-of.ts';

interface Expanded {
  readonly identityFiles: readonly string[];
  readonly identityAgent: string | undefined;
  readonly proxyJump: string | undefined;
  readonly proxyCommand: string | undefined;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
}

/**
 * Expands what `ssh -G` leaves as it is written (seen with OpenSSH 9.2, and in the sources of later ones): tilde, tokens and variables of
 * IdentityFile, tokens of ProxyCommand and ProxyJump, the tilde of GlobalKnownHostsFile. UserKnownHostsFile, IdentityAgent and
 * RevokedHostKeys it has expanded, the first one's tilde before 8.4 not.
 */
export async function expandAll(argument: string, settings: Settings, run: SshRun): Promise<Expanded> {
  const tokens = tokensOf(argument, settings);
  const keys = settings.all('identityfile');
  const own = splitPaths(settings.text('userknownhostsfile') ?? '');
  const global = splitPaths(settings.text('globalknownhostsfile') ?? '');
  const homes = await homeDirectories([...keys, ...own, ...global], run);
  const command = settings.text('proxycommand');
  const jump = settings.text('proxyjump');
  return {
    identityFiles: keys.map((path) => expandTokensAndVariables(expandTilde(path, homes), tokens, process.env)),
    identityAgent: agentOf(settings.raw('identityagent')),
    proxyJump: jump && expandTokens(jump, tokens),
    proxyCommand: command && expandTokens(command, tokens),
    userKnownHostsFiles: own.map((path) => expandTilde(path, homes)),
    globalKnownHostsFiles: global.map((path) => expandTilde(path, homes)),
  };
}

/** A path, `none`, or the name of the variable that holds the path: `SSH_AUTH_SOCK`, or any other after a dollar sign. */
function agentOf(setting = 'SSH_AUTH_SOCK'): string | undefined {
  if (setting.toLowerCase() === 'none') return undefined;
  if (setting === 'SSH_AUTH_SOCK') return process.env['SSH_AUTH_SOCK'] || undefined;
  return setting.startsWith('$') ? process.env[setting.slice(1)] || undefined : setting;
}
