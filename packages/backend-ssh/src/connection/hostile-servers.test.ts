import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SshConnection } from '../ssh-client.ts';
import { connectFault } from '../ssh-errors.ts';
import { watchSilence } from './silence-watch.ts';

/** What is said of a server that talks like this, and then keeps the connection open. */
async function messageOf(talk: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => talk(socket.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const config = { username: 'me', verifyHostKey: async () => {}, hostKeyAlgorithms: ['ssh-ed25519'] };
  try {
    await SshConnection.open(socket, config, AbortSignal.timeout(10_000));
    return '';
  } catch (cause) {
    return connectFault(cause, 'target').message;
  } finally {
    server.close();
  }
}

/** SSH_MSG_DISCONNECT, before any key. */
function disconnect(words: string): Buffer {
  const said = Buffer.from(words);
  const payload = Buffer.concat([Buffer.from([1, 0, 0, 0, 2, 0, 0, 0, said.length]), said, Buffer.alloc(4)]);
  const padding = 16 - ((payload.length + 5) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + payload.length + padding);
  head[4] = padding;
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}

test('what is wrong with a server is told at once, and not that it took too long, where it keeps the connection open', async () => {
  expect(await messageOf((socket) => socket.write('SSH-1.5-old\r\n'))).toContain('Invalid identification string');
});

test.each(['Exceeded MaxStartups', 'Not allowed at this time'])('what it says in place of its version is told: %s', async (words) => {
  expect(await messageOf((socket) => socket.end(`${words}\r\n`))).toContain(`it said: ${words}.`);
});

test.each([1, 1_000])('what it says before its version is none of that, in whatever pieces it comes (%i lines)', async (lines) => {
  const talk = (socket: Socket): void => {
    socket.setNoDelay().write(`${'Welcome\r\n'.repeat(lines)}SS`);
    setImmediate(() => socket.end('H-2.0-x\r\n'));
  };
  expect(await messageOf(talk)).not.toContain('Welcome');
});

test('words of a server steer no terminal', async () => {
  const message = await messageOf((socket) =>
    socket.write(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), disconnect('\x1b[2Jgo\n\u202eaway\x07')])),
  );
  expect(message).toContain('nothing was started: [2Jgo away.');
});

test('what came before somebody else listens is not heard by the watch alone', async () => {
  const stream = new PassThrough();
  stream.end('SSH-2.0-OpenSSH');
  const stop = watchSilence(stream, () => {});
  await delay(20);
  expect(await text(stream)).toBe('SSH-2.0-OpenSSH');
  stop();
});
