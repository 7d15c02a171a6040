import { invalidOption } from '@errand/core/checks';
import { expandAll } from './ssh-config/expand-all.ts';
import { type JumpHost, parseJumps } from './ssh-config/parse-jumps.ts';
import { parseSettings, type Settings } from './ssh-config/parse-settings.ts';
import { runSsh } from './ssh-config/run-ssh.ts';
import { splitPaths } from './ssh-config/split-paths.ts';

/** What the user's own configuration of OpenSSH means for a host. Paths are expanded; what is `none` there is absent or empty here. */
export interface SshConfig {
  readonly hostName: string;
  readonly user: string;
  readonly port: number;
  /** Key files in the order to try; OpenSSH's own defaults where none is configured, whether they exist or not. */
  readonly identityFiles: readonly string[];
  /** The agent's socket. Absent: none is to be used. */
  readonly identityAgent?: string;
  /** Whether the agent's other keys are left alone. */
  readonly identitiesOnly: boolean;
  /** In the order to go through. For a jump in front of another, OpenSSH takes no ProxyJump of its own from the configuration. */
  readonly proxyJump: readonly JumpHost[];
  /** A line of shell whose standard input and output are the connection. */
  readonly proxyCommand?: string;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly revokedHostKeys: readonly string[];
  readonly hostKeyAlias?: string;
  readonly hostKeyAlgorithms: readonly string[];
  readonly strictHostKeyChecking: 'yes' | 'accept-new' | 'ask' | 'no';
  readonly hashKnownHosts: boolean;
  readonly checkHostIp: boolean;
  readonly connectTimeoutMs?: number;
}

/** What the caller says itself, which `Match` lines and tokens then see. */
export interface SshConfigOptions {
  readonly user?: string;
  readonly port?: number;
  /** In place of `~/.ssh/config` and `/etc/ssh/ssh_config`. */
  readonly file?: string;
  /** The program. Default `ssh`, from PATH. */
  readonly program?: string;
  /** Milliseconds that `ssh -G` may take: `Match exec` runs commands. Default 10,000. */
  readonly timeoutMs?: number;
  /** Ends it, and rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Asks OpenSSH, with `ssh -G`; its files are not parsed here. `host` may be an alias, `user@host` or `ssh://user@host:port`.
 * `undefined` where there is no `ssh`.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` where ssh takes neither the host nor its files, or does not answer in time
 */
export async function sshConfig(host: string, options: SshConfigOptions = {}): Promise<SshConfig | undefined> {
  // OpenSSH refuses what is no host name, and reads what begins with a dash as options, were it not for the --.
  if (host.startsWith('-')) throw invalidOption('host', 'begins with a dash', 'a host name, an address or an alias of ~/.ssh/config');
  if (host === '' || host.includes('\0')) throw invalidOption('host', 'is no host name', 'a host name, an address or an alias');
  const text = await runSsh(argumentsOf(host, options), options);
  return text === undefined ? undefined : toConfig(host, parseSettings(text), options);
}

/** Nothing else tells `%C`, whose meaning changed between versions; ControlPath has no other use here. */
function argumentsOf(host: string, { user, port, file }: SshConfigOptions): string[] {
  return [
    '-G',
    '-T',
    ...['-o', 'ControlPath=%C'],
    ...(file === undefined ? [] : ['-F', file]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    host,
  ];
}

async function toConfig(argument: string, settings: Settings, options: SshConfigOptions): Promise<SshConfig> {
  const expanded = await expandAll(argument, settings, options);
  const { identityAgent, proxyCommand } = expanded;
  const hostKeyAlias = settings.text('hostkeyalias');
  const timeout = Number(settings.text('connecttimeout') ?? 0);
  return {
    hostName: settings.text('hostname') ?? argument,
    user: settings.text('user') ?? '',
    port: Number(settings.text('port') ?? 22),
    identityFiles: expanded.identityFiles,
    ...(identityAgent !== undefined && { identityAgent }),
    identitiesOnly: settings.text('identitiesonly') === 'yes',
    proxyJump: parseJumps(expanded.proxyJump ?? ''),
    ...(proxyCommand !== undefined && { proxyCommand }),
    userKnownHostsFiles: expanded.userKnownHostsFiles,
    globalKnownHostsFiles: expanded.globalKnownHostsFiles,
    revokedHostKeys: splitPaths(settings.text('revokedhostkeys') ?? ''),
    ...(hostKeyAlias !== undefined && { hostKeyAlias }),
    hostKeyAlgorithms: (settings.text('hostkeyalgorithms') ?? '').split(',').filter(Boolean),
    strictHostKeyChecking: strictness(settings.text('stricthostkeychecking')),
    hashKnownHosts: settings.text('hashknownhosts') === 'yes',
    checkHostIp: settings.text('checkhostip') === 'yes',
    ...(timeout > 0 && { connectTimeoutMs: timeout * 1000 }),
  };
}

/** `ssh -G` prints `true` for yes and `false` for no and off. */
function strictness(text: string | undefined): SshConfig['strictHostKeyChecking'] {
  if (text === 'true' || text === 'yes') return 'yes';
  if (text === 'false' || text === 'no' || text === 'off') return 'no';
  return text === 'accept-new' ? text : 'ask';
}
