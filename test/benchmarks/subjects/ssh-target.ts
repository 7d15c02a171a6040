import type { SshExecutorOptions } from '@errand/backend-ssh';
import { SshServer } from '../../servers/sshd.ts';
import { startSshHost } from '../../ssh/ssh-host.ts';

/** A server with an account that has dash as its login shell and no rc file, in words that a process of its own can be told. */
export interface SshTarget {
  readonly port: number;
  readonly user: string;
  readonly keyFile: string;
  readonly fingerprints: readonly string[];
}

/** Starts one for as long as something is measured; without root there is none, and nothing is measured. */
export async function withSshTarget<T>(measure: (target: SshTarget) => Promise<T>, config: readonly string[] = []): Promise<T> {
  if (SshServer.isSkipped) throw new Error('The suite ssh starts an sshd with accounts of its own: it needs root, and openssh-server.');
  const { server, accounts, stop } = await startSshHost(['dash'], config);
  try {
    return await measure({
      port: server.port,
      user: accounts.of('dash').name,
      keyFile: server.clientKey.path,
      fingerprints: server.hostKeys.map(({ fingerprint }) => fingerprint),
    });
  } finally {
    await stop();
  }
}

/** What an executor needs to log in there. */
export function executorOptions({ port, user, keyFile, fingerprints }: SshTarget): SshExecutorOptions {
  return {
    host: '127.0.0.1',
    port,
    user,
    configFile: false,
    hostKey: { fingerprint: fingerprints },
    authentication: [{ privateKeyFile: keyFile }],
  };
}
