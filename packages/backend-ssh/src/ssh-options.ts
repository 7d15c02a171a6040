import type { Duplex } from 'node:stream';
import type { ExecutorOptions } from '@errand/core';
import * as check from '@errand/core/checks';
import type { SshAuthentication } from './authentication/authentication-options.ts';
import type { HostKeyOptions } from './host-key/host-key-options.ts';
import { checkJumps, hostChecks, type SshJump } from './jump-options.ts';

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
  /**
   * The hosts to go through, in that order, at most 8, in place of ProxyJump and ProxyCommand of `~/.ssh/config`: text such as
   * `'deploy@bastion:2222'`, or what is to be said of each. Each has a connection of its own, whatever goes through it, its own ways to log in
   * and its own host key, which is always verified. `[]`: none. Not with `connect`.
   *
   * @example
   * sshExecutor({ host: '10.0.0.7', jumps: [{ host: 'bastion.example', user: 'jump', authentication: [{ agent: true }] }] })
   */
  readonly jumps?: readonly (string | SshJump)[];
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
  ...hostChecks,
  jumps: checkJumps,
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

export function checkHost({ host, jumps, connect }: Partial<SshExecutorOptions>): void {
  if (host === undefined) throw check.invalidOption('host', 'is missing', 'a host name, an address or a Host of ~/.ssh/config');
  if (jumps && connect) throw check.invalidOption('jumps', 'stands beside connect, which reaches the host itself', 'one of them');
}
