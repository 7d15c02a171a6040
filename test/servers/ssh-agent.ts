import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ServerProcess } from './server-process.ts';

/** A real ssh-agent, with a socket of its own. */
export class SshAgent {
  /** What SSH_AUTH_SOCK is for its clients. */
  readonly socket: string;
  readonly #directory: string;
  readonly #process: ServerProcess;

  private constructor(directory: string) {
    this.#directory = directory;
    this.socket = join(directory, 'agent');
    this.#process = new ServerProcess('ssh-agent', ['-D', '-a', this.socket]);
  }

  static async start(): Promise<SshAgent> {
    const agent = new SshAgent(await mkdtemp(join(tmpdir(), 'errand-agent-')));
    await agent.#process.whenReady(async () => existsSync(agent.socket));
    return agent;
  }

  /** Holds the keys of these files, in their order; `args` are ssh-add's. */
  async add(paths: readonly string[], args: readonly string[] = []): Promise<void> {
    for (const path of paths) await this.#sshAdd([...args, path]);
  }

  async removeAll(): Promise<void> {
    await this.#sshAdd(['-D']);
  }

  async stop(): Promise<void> {
    await this.#process.end('SIGTERM');
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #sshAdd(args: readonly string[]): Promise<void> {
    await promisify(execFile)('ssh-add', ['-q', ...args], { env: { ...process.env, SSH_AUTH_SOCK: this.socket } });
  }
}
