import { quote } from '@errand/core';
import { orAborted } from '@errand/core/waiting';
import type { RemoteListener } from '../connection/remote-listeners.ts';
import type { SshConnection } from '../ssh-client.ts';

/** A frozen server is not waited for longer: its listener goes with the connection. */
const PATIENCE_MS = 2_000;

/** Ends a socket of the host, and removes its file where it has one: sshd leaves it there, and then refuses to listen there again. */
export async function stopListening({ endpoint, close }: RemoteListener, connection: SshConnection): Promise<void> {
  const stop = async (): Promise<void> => {
    await close();
    if ('path' in endpoint && !connection.isLost) await remove(endpoint.path, connection);
  };
  await orAborted(stop(), AbortSignal.timeout(PATIENCE_MS)).catch(() => {});
}

/** Through stdin: login shells differ in how they quote. */
async function remove(path: string, connection: SshConnection): Promise<void> {
  const { stdin, stdout, stderr, closed } = await connection.exec({ line: 'exec /bin/sh' });
  stdout.resume();
  stderr.resume();
  stdin.end(`[ -S ${quote(path)} ] && rm -f -- ${quote(path)}\n`);
  await closed;
}
