import { once } from 'node:events';
import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import Docker from 'dockerode';
import type { DockerTarget } from './docker-target.ts';
import { HARDENED_SPEC } from './hardening-flags.ts';

/** What is done with a process's output. */
export type Drain = (stream: Duplex, docker: Docker) => void;

/** dockerode without a library on it, doing the least that a result needs: both streams taken apart and read to their end, the exit code. */
export class RawDockerode {
  readonly #docker: Docker;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #target: DockerTarget;

  constructor(target: DockerTarget) {
    this.#target = target;
    this.#docker = new Docker({ socketPath: target.socketPath, agent: this.#agent } as Docker.DockerOptions);
  }

  /** In a container of its own, hardened as errand's are: create, attach, start, wait, remove. */
  async runContainer(command: readonly string[]): Promise<void> {
    const { image } = this.#target;
    const container = await this.#docker.createContainer({
      ...HARDENED_SPEC,
      Image: image,
      Cmd: [...command],
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = (await container.attach({ stream: true, stdout: true, stderr: true, hijack: true })) as Duplex;
    const ended = once(stream, 'end');
    demultiplexed(() => {})(stream, this.#docker);
    await container.start();
    const { StatusCode } = await container.wait();
    await ended;
    stream.destroy();
    await container.remove();
    if (StatusCode !== 0) throw new Error(`exited with ${StatusCode}`);
  }

  /** In the container that runs: create, start, inspect. */
  async exec(command: readonly string[], drain: Drain = demultiplexed(() => {})): Promise<void> {
    const container = this.#docker.getContainer(this.#target.container);
    const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
    const stream = await exec.start({ hijack: true, stdin: false });
    const ended = once(stream, 'end');
    drain(stream, this.#docker);
    await ended;
    stream.destroy();
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) throw new Error(`exited with ${ExitCode}`);
  }

  /** What runs in each container with this label, beside its main process. */
  async running(label: string): Promise<number[]> {
    const found = await this.#docker.listContainers({ filters: { label: [label] } });
    return Promise.all(found.map(({ Id }) => this.#execs(Id)));
  }

  async #execs(id: string): Promise<number> {
    const ids = await this.#docker
      .getContainer(id)
      .inspect()
      .then(
        ({ ExecIDs }) => ExecIDs ?? [],
        () => [],
      );
    const execs = await Promise.all(
      ids.map((exec) =>
        this.#docker
          .getExec(exec)
          .inspect()
          .catch(() => undefined),
      ),
    );
    return execs.filter((exec) => exec?.Running).length;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** As dockerode takes streams apart. */
export function demultiplexed(take: (bytes: number) => void): Drain {
  return (stream, docker) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    stdout.on('data', (chunk: Buffer) => take(chunk.length));
    stderr.resume();
    docker.modem.demuxStream(stream, stdout, stderr);
  };
}
