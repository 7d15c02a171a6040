import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Client, type ClientChannel } from 'ssh2';
import type { SshTarget } from './ssh-target.ts';

/** A server that allows ten channels on a connection gives one free a moment late: of five at once it refuses none. */
const CHANNELS = 5;

/** ssh2 without a library on it, doing the least that a result needs: both streams read to their end, the exit code, the close. */
export class RawSsh2 {
  readonly #clients: readonly { readonly client: Client; used: number }[];

  private constructor(clients: readonly Client[]) {
    this.#clients = clients.map((client) => ({ client, used: 0 }));
  }

  /** Logs in as often as so many commands at once need it. */
  static async connect(target: SshTarget, width: number): Promise<RawSsh2> {
    const clients: Client[] = [];
    // One after the other: a server drops some of many that come at once.
    while (clients.length * CHANNELS < width) clients.push(await logIn(target));
    return new RawSsh2(clients);
  }

  /** `begin` may write to its channel, and listen to what comes of it. */
  async run(line: string, begin: (channel: ClientChannel) => void = (channel) => channel.resume()): Promise<void> {
    const member = this.#clients.reduce((least, other) => (other.used < least.used ? other : least));
    member.used += 1;
    try {
      return await exec(member.client, line, begin);
    } finally {
      member.used -= 1;
    }
  }

  async close(): Promise<void> {
    const gone = this.#clients.map(({ client }) => once(client, 'close'));
    for (const { client } of this.#clients) client.end();
    await Promise.all(gone);
  }
}

async function logIn({ port, user, keyFile }: SshTarget): Promise<Client> {
  const sock = connect({ port, host: '127.0.0.1', noDelay: true });
  const client = new Client();
  const ready = once(client, 'ready');
  client.connect({ sock, username: user, privateKey: readFileSync(keyFile), readyTimeout: 120_000 });
  await ready;
  return client;
}

function exec(client: Client, line: string, begin: (channel: ClientChannel) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    client.exec(line, (error, channel) => {
      if (error) return reject(error);
      let code: unknown;
      // An exit code that comes before its listener is lost.
      channel.on('exit', (exitCode: unknown) => {
        code = exitCode;
      });
      channel.on('close', () => (code === 0 ? resolve() : reject(new Error(`exited with ${code}`))));
      channel.stderr.resume();
      begin(channel);
    });
  });
}
