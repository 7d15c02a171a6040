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
  readonly #written = new Map<number, Promise<string>>();

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
    const args = [...this.#options(server, await this.#knownHosts(server), options), `${account.name}@127.0.0.1`, command];
    return await new Promise((resolve) => {
      const ssh = execFile('ssh', args, { env: this.#environment(options) }, (error, stdout, stderr) =>
        resolve({ exitCode: error ? Number(error.code) : 0, stdout: stdout.trim(), stderr: stderr.trim() }),
      );
      ssh.stdin?.end();
    });
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true });
  }

  /** Written once for a server: one that is written while another client reads it has no keys. */
  #knownHosts({ port, hostKeys }: SshServer): Promise<string> {
    const path = this.path(`known-hosts-${port}`);
    const lines = hostKeys.map(({ publicKey }) => `[127.0.0.1]:${port} ${publicKey}\n`);
    const written = this.#written.get(port) ?? writeFile(path, lines.join('')).then(() => path);
    this.#written.set(port, written);
    return written;
  }

  #options({ port, clientKey }: SshServer, knownHosts: string, { options = [], key = clientKey.path }: OpenSshOptions): string[] {
    const files = ['-F', 'none', '-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'GlobalKnownHostsFile=none', '-i', key];
    // Of the processor time of a login, 150 ms, the default, sntrup761, takes nine tenths. ssh2 has none of it.
    const algorithms = ['-o', 'KexAlgorithms=curve25519-sha256'];
    return [...options, ...files, '-o', 'IdentitiesOnly=yes', ...algorithms, '-p', String(port)];
  }

  /** Without a terminal it asks a program, and with `force` it does so without a display too. */
  #environment({ secret = '' }: OpenSshOptions): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', SSH_ASKPASS: this.path('askpass'), SSH_ASKPASS_REQUIRE: 'force', SECRET: secret };
  }
}
