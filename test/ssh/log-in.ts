import { text } from 'node:stream/consumers';
import { Authentication } from '../../packages/backend-ssh/src/authentication/authentication.ts';
import type { SshAuthentication } from '../../packages/backend-ssh/src/authentication/authentication-options.ts';
import { credentialsOf, type IdentityConfig } from '../../packages/backend-ssh/src/authentication/credentials.ts';
import { openSocket } from '../../packages/backend-ssh/src/connection/open-socket.ts';
import { SshConnection } from '../../packages/backend-ssh/src/ssh-client.ts';
import { connectFault } from '../../packages/backend-ssh/src/ssh-errors.ts';
import type { SshAccount } from '../servers/ssh-accounts.ts';
import type { SshServer } from '../servers/sshd.ts';

/** Logs in, runs a command as who that is, and resolves with what was tried. A fault names the server `target`. */
export async function logIn(
  server: SshServer,
  { name: user }: SshAccount,
  methods: readonly SshAuthentication[] | undefined,
  config?: IdentityConfig,
): Promise<readonly string[]> {
  const { handler, record } = new Authentication(user, await credentialsOf({ user, methods, config }));
  const signal = AbortSignal.timeout(20_000);
  const socket = await openSocket({ host: '127.0.0.1', port: server.port }, signal);
  const verifyHostKey = async (blob: Uint8Array): Promise<void> => {
    const key = Buffer.from(blob).toString('base64');
    if (!server.hostKeys.some(({ publicKey }) => publicKey.endsWith(` ${key}`))) throw new Error('another key');
  };
  const who = { username: user, authHandler: handler, verifyHostKey, hostKeyAlgorithms: ['ssh-ed25519'] };
  const connection = await SshConnection.open(socket, who, signal).catch((cause) => {
    throw connectFault(cause, 'target', record);
  });
  const channel = await connection.exec({ line: 'id -un' });
  const name = (await text(channel.stdout)).trim();
  await connection.end();
  if (name !== user) throw new Error(`${user} is ${name} there.`);
  return record.tried;
}

/** What a login that the server refuses rejects with. */
export async function refusalOf(login: Promise<unknown>): Promise<string> {
  const fault: unknown = await login.then(
    () => new Error('it was let in'),
    (error) => error,
  );
  if (fault instanceof Error && Reflect.get(fault, 'code') === 'EXEC_AUTH') return fault.message;
  throw fault;
}
