import type { SshExecutorOptions } from '@errand/backend-ssh';
import { type LoginShell, type SshAccount, SshAccounts } from '../servers/ssh-accounts.ts';
import { SshServer } from '../servers/sshd.ts';

/** A server with an account, and what an executor needs to log in there. */
export interface SshHost {
  readonly server: SshServer;
  readonly accounts: SshAccounts;
  /** For that account, or another one. */
  options(shell?: LoginShell): SshExecutorOptions;
  stop(): Promise<void>;
}

/** A real sshd with accounts of these login shells. */
export async function startSshHost(shells: readonly [LoginShell, ...LoginShell[]], config: readonly string[] = []): Promise<SshHost> {
  const accounts = await SshAccounts.make(shells);
  const server = await SshServer.start(config).catch(async (fault: unknown) => {
    await accounts.remove();
    throw fault;
  });
  return {
    server,
    accounts,
    options: (shell = shells[0]) => optionsFor(server, accounts.of(shell)),
    stop: async () => {
      await server.stop();
      await accounts.remove();
    },
  };
}

/** What an executor needs to log in to a server as this account, whatever this machine's own configuration of OpenSSH says. */
export function optionsFor(server: SshServer, { name }: Pick<SshAccount, 'name'>): SshExecutorOptions {
  return {
    host: '127.0.0.1',
    port: server.port,
    user: name,
    configFile: false,
    hostKey: { fingerprint: server.hostKeys.map(({ fingerprint }) => fingerprint) },
    authentication: [{ privateKeyFile: server.clientKey.path }],
  };
}
