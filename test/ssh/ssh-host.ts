import type { SshExecutorOptions } from '@errand/backend-ssh';
import { type LoginShell, SshAccounts } from '../servers/ssh-accounts.ts';
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
    options: (shell = shells[0]) => ({
      host: '127.0.0.1',
      port: server.port,
      user: accounts.of(shell).name,
      configFile: false,
      hostKey: { fingerprint: server.hostKeys.map(({ fingerprint }) => fingerprint) },
      authentication: [{ privateKeyFile: server.clientKey.path }],
    }),
    stop: async () => {
      await server.stop();
      await accounts.remove();
    },
  };
}
