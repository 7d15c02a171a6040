import { programPath } from '../../servers/programs.ts';
import { type DockerTarget, hostOf } from './docker-target.ts';
import { HARDENING_FLAGS } from './hardening-flags.ts';
import { runProgram } from './run-program.ts';

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

  #docker(args: readonly string[]): Promise<number> {
    return runProgram(DOCKER, args, '', { env: { ...process.env, DOCKER_HOST: hostOf(this.#target) } });
  }
}
