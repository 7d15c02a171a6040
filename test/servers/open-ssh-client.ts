import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshAccount } from './ssh-accounts.ts';
import type { SshServer } from './sshd.ts';

export interface SshOutcome {
  /** 255 is the client's own: no connection, no login, or a connection lost. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OpenSshOptions {
  /** More of its options; the first of two that disagree counts, and these come first. */
  readonly options?: readonly string[];
  /** Instead of the server's client key. */
  readonly key?: string;
  /** What it is told when it asks for a password or passphrase. */
  readonly secret?: string;
}

/** OpenSSH's own client, which trusts a server's host keys and none else, and knows nothing of the user's configuration. */
export class OpenSshClient {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async make(): Promise<OpenSshClient> {
    const client = new OpenSshClient(await mkdtemp(join(tmpdir(), 'errand-ssh-client-')));
    await writeFile(client.path('askpass'), '#!/bin/sh\necho "$SECRET"\n', { mode: 0o700 });
    return client;
  }

  /** A file in its directory. */
  path(name: string): string {
    return join(this.#directory, name);
  }

  /** Runs one command with an empty stdin. */
  async run(server: SshServer, account: SshAccount, command: string, options: OpenSshOptions = {}): Promise<SshOutcome> {
    const knownHosts = server.hostKeys.map(({ publicKey }) => `[127.0.0.1]:${server.port} ${publicKey}\n`).join('');
    await writeFile(this.path(`known-hosts-${server.port}`), knownHosts);
    return await new Promise((resolve) => {
      const done = (error: { code?: unknown } | null, stdout: string, stderr: string): void =>
        resolve({ exitCode: error ? Number(error.code) : 0, stdout: stdout.trim(), stderr: stderr.trim() });
      execFile(
        'ssh',
        [...this.#options(server, options), `${account.name}@127.0.0.1`, command],
        { env: this.#environment(options) },
        done,
      ).stdin?.end();
    });
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true });
  }

  #options({ port, clientKey }: SshServer, { options = [], key = clientKey.path }: OpenSshOptions): string[] {
    const knownHosts = `UserKnownHostsFile=${this.path(`known-hosts-${port}`)}`;
    const own = ['-F', 'none', '-o', knownHosts, '-o', 'GlobalKnownHostsFile=none', '-o', 'IdentitiesOnly=yes'];
    return [...options, ...own, '-i', key, '-p', String(port)];
  }

  /** Without a terminal it asks a program, and with `force` it does so without a display too. */
  #environment({ secret = '' }: OpenSshOptions): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', SSH_ASKPASS: this.path('askpass'), SSH_ASKPASS_REQUIRE: 'force', SECRET: secret };
  }
}
