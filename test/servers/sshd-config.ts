import { execFileSync } from 'node:child_process';

/** What differs from server to server. */
export interface SshdSettings {
  readonly port: number;
  readonly hostKeys: readonly { readonly path: string }[];
  readonly authorizedKeysFile: string;
}

/** The text of an sshd_config. Lines of `config` replace those of ours with the same keyword, and stand last, so they may end in Match blocks. */
export function sshdConfig(settings: SshdSettings, config: readonly string[]): string {
  const replaced = new Set(config.map(keywordOf));
  return [...ourLines(settings).filter((line) => !replaced.has(keywordOf(line))), ...config, ''].join('\n');
}

/** Limits (MaxSessions, MaxStartups and the like) are not here: a server has its defaults. */
function ourLines({ port, hostKeys, authorizedKeysFile }: SshdSettings): string[] {
  return [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    ...hostKeys.map(({ path }) => `HostKey ${path}`),
    `AuthorizedKeysFile ${authorizedKeysFile}`,
    // Or a key's file and all directories above it must be its account's or root's, and writable for nobody else: /tmp is not.
    'StrictModes no',
    'PidFile none',
    // Keyboard-interactive is PAM's alone; passwords are checked without it too.
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'LogLevel VERBOSE',
    // A second line for one subsystem is a fault, unlike other keywords, of which the first counts.
    'Subsystem sftp internal-sftp',
    ...(punishes() ? ['PerSourcePenalties no'] : []),
  ];
}

/** OpenSSH 9.8 and later shut out an address that failed to log in, and all tests have one; earlier ones do not start with this keyword. */
function punishes(): boolean {
  // sshd itself has had -V since 9.2 only.
  const { 1: major, 2: minor } = /OpenSSH_(\d+)\.(\d+)/.exec(execFileSync('sh', ['-c', 'exec ssh -V 2>&1'], { encoding: 'utf8' })) ?? [];
  return Number(major) * 100 + Number(minor) >= 908;
}

function keywordOf(line: string): string {
  return line.trim().split(/[\s=]/)[0]?.toLowerCase() ?? '';
}
