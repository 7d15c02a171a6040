import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { SshConnection } from '../ssh-client.ts';

const MAX_SESSIONS = 10;

test('channels in which a server refuses to run a line are closed, so that it has room for those that it does not refuse', async () => {
  let sessions = 0;
  let refuses = true;
  const server = new ssh2.Server({ hostKeys: [ssh2.utils.generateKeyPairSync('ed25519').private] }, (client) => {
    client.on('error', () => {}).on('authentication', (context) => context.accept());
    client.on('session', (accept, reject) => {
      if (sessions === MAX_SESSIONS) return reject();
      sessions += 1;
      const session = accept().on('close', () => {
        sessions -= 1;
      });
      session.on('exec', (run, refuse) => {
        if (refuses) return refuse();
        const channel = run();
        channel.exit(0);
        channel.end();
      });
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const config = { username: 'me', verifyHostKey: async () => {}, hostKeyAlgorithms: ['ssh-ed25519'] };
  const connection = await SshConnection.open(socket, config, AbortSignal.timeout(10_000));
  // Five at once, as the pool has them: those that are still asking are left alone.
  for (let round = 0; round < 5; round += 1) {
    const ends = await Promise.allSettled(Array.from({ length: 5 }, () => connection.exec({ line: 'exit 0' })));
    expect(ends.map((end) => end.status === 'rejected' && end.reason.message)).toEqual(Array(5).fill('Unable to exec'));
  }
  refuses = false;
  const { exit, stdout, stderr } = await connection.exec({ line: 'exit 0' });
  stdout.resume();
  stderr.resume();
  expect(await exit).toEqual({ exitCode: 0 });
  await connection.end();
  server.close();
});
