import type { Duplex } from 'node:stream';
import type { ExecutorOptions } from '@errand/core';
import * as check from '@errand/core/checks';
import { checkAuthentication, type SshAuthentication } from './authentication/authentication-options.ts';
import { checkHostKeyOptions, type HostKeyOptions } from './host-key/host-key-options.ts';

/** Options of `sshExecutor`. What is not said here is taken from the user's own configuration of OpenSSH (`ssh -G`), where there is one. */
export interface SshExecutorOptions extends ExecutorOptions {
  /** A host name, an address, or a `Host` of `~/.ssh/config`. */
  readonly host: string;
  /** 1 … 65535; default: as `~/.ssh/config` says, else 22. */
  readonly port?: number;
  /** Default: as `~/.ssh/config` says, else the name of this process's account. */
  readonly user?: string;
  /** How to log in, in the order to try. Default: the agent's keys, then the key files that `~/.ssh/config` names and that need no passphrase. */
  readonly authentication?: readonly SshAuthentication[];
  /** How the host's key is verified; by default as OpenSSH does. */
  readonly hostKey?: HostKeyOptions;
  /** The file in place of `~/.ssh/config` and `/etc/ssh/ssh_config`; `false`: none is asked, and options alone count. */
  readonly configFile?: string | false;
  /**
   * A stream to the server, in place of a TCP connection (and of ProxyJump and ProxyCommand): called for each connection, which then owns it.
   * It must give up when `signal` aborts.
   */
  readonly connect?: (signal: AbortSignal) => Promise<Duplex>;
  /** The most connections at once, 1 … 1,000; default 20. Each carries up to five commands; more wait for one of them. */
  readonly maxConnections?: number;
  /** Milliseconds for one try to connect and log in; 1 … 2,147,483,647, default: ConnectTimeout of `~/.ssh/config`, else 20,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds after which a connection that nobody uses is closed; 0 … 2,147,483,647, default 60,000. */
  readonly idleMs?: number;
}

/** How the backend's own options are checked. */
export const sshOptionChecks: check.OptionChecks = {
  host: check.matching(/^[^-\s\p{C}/@][^\s\p{C}/]{0,254}$/u, 'a host name, an address or a Host of ~/.ssh/config'),
  port: check.integer(1, 65_535),
  user: check.matching(
    /^[^-\p{C}][^\p{C}]{0,255}$/u,
    'a name of 1 to 256 characters, none of them a control character, that does not begin with a dash',
  ),
  authentication: checkAuthentication,
  hostKey: checkHostKeyOptions,
  configFile: (option, value) => value === false || check.text(4_096)(option, value),
  connect: check.callback,
  maxConnections: check.integer(1, 1_000),
  connectTimeoutMs: check.integer(1, check.MAX_DELAY_MS),
  idleMs: check.integer(0, check.MAX_DELAY_MS),
};

/** The host and how it is reached, where there is no executor to check the rest. */
export function checkSshOptions(options: SshExecutorOptions): void {
  const known = Object.entries(check.object('options', options)).filter(([name]) => Object.hasOwn(sshOptionChecks, name));
  check.checkEach('', Object.fromEntries(known), sshOptionChecks);
  checkHost(options);
}

export function checkHost({ host }: Partial<SshExecutorOptions>): void {
  if (host === undefined) throw check.invalidOption('host', 'is missing', 'a host name, an address or a Host of ~/.ssh/config');
}
