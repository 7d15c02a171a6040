import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SshTarget } from './ssh-target.ts';

/** As for raw ssh2. */
const CHANNELS = 5;

/** OpenSSH's own client: a process a command, over connections that masters keep open. */
export class ControlMaster {
  readonly #directory: string;
  readonly #target: SshTarget;
  readonly #masters: ChildProcess[] = [];
  #next = 0;

  private constructor(directory: string, target: SshTarget) {
    this.#directory = directory;
    this.#target = target;
  }

  /** Logs in as often as so many commands at once need it. */
  static async start(target: SshTarget, width: number): Promise<ControlMaster> {
    const made = new ControlMaster(await mkdtemp(join(tmpdir(), 'errand-bench-')), target);
    for (let index = 0; index < Math.ceil(width / CHANNELS); index += 1) await made.#logIn(index);
    return made;
  }

  /** Of ssh, in front of a line that it is to run over one of the connections. */
  arguments(): string[] {
    const index = this.#next++ % this.#masters.length;
    // Where the server refuses a channel, the client would connect by itself.
    return ['-F', 'none', '-S', this.#path(index), '-o', 'ControlMaster=no', '-o', 'ProxyCommand=false', this.#name()];
  }

  async run(line: string): Promise<void> {
    const child = spawn('ssh', [...this.arguments(), line], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.resume();
    child.stderr.resume();
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`ssh exited with ${code}`);
  }

  async close(): Promise<void> {
    for (const master of this.#masters) {
      const gone = once(master, 'close');
      master.kill();
      await gone;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #logIn(index: number): Promise<void> {
    const { port, keyFile } = this.#target;
    const trust = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
    const keys = ['-i', keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'];
    const args = ['-F', 'none', ...trust, ...keys, '-M', '-N', '-S', this.#path(index), '-p', String(port), this.#name()];
    const master = spawn('ssh', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#masters.push(master);
    while (!existsSync(this.#path(index))) {
      if (master.exitCode !== null) throw new Error(`A master of ssh exited with ${master.exitCode}`);
      await delay(10);
    }
  }

  #path(index: number): string {
    return join(this.#directory, `master-${index}`);
  }

  #name(): string {
    return `${this.#target.user}@127.0.0.1`;
  }
}
