import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { programPath } from '../../servers/programs.ts';
import { type DockerTarget, hostOf } from './docker-target.ts';
import { HARDENING_FLAGS } from './hardening-flags.ts';

/** Debian's, which belongs to the daemon, before another on PATH. */
const DOCKER = programPath('docker', '/usr/bin') ?? 'docker';

/** The docker CLI: a process a command. */
export class DockerCli {
  readonly #target: DockerTarget;

  constructor(target: DockerTarget) {
    this.#target = target;
  }

  /** In a container of its own, hardened as errand's are. */
  async runContainer(command: readonly string[]): Promise<void> {
    await this.#docker(['run', '--rm', ...HARDENING_FLAGS, this.#target.image, ...command]);
  }

  /** In the container that runs. Returns how many bytes came. */
  exec(command: readonly string[]): Promise<number> {
    return this.#docker(['exec', this.#target.container, ...command]);
  }

  async #docker(args: readonly string[]): Promise<number> {
    const env = { ...process.env, DOCKER_HOST: hostOf(this.#target) };
    const child: ChildProcessByStdio<null, Readable, Readable> = spawn(DOCKER, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [arrived, said] = [0, ''];
    child.stdout.on('data', (chunk: Buffer) => {
      arrived += chunk.length;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`docker ${args[0]} exited with ${code}: ${said}`);
    return arrived;
  }
}
