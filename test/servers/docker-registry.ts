import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSkipped, programPath } from './programs.ts';
import { freePort, ServerProcess } from './server-process.ts';

/** A real registry of images on a port of 127.0.0.1, which daemons ask without TLS. It is empty at first. */
export class DockerRegistry {
  /** With which names of its images begin. */
  readonly address: string;
  readonly #directory: string;
  readonly #process: ServerProcess;

  private constructor(directory: string, address: string, process: ServerProcess) {
    this.#directory = directory;
    this.address = address;
    this.#process = process;
  }

  static get isSkipped(): boolean {
    return isSkipped(programPath('docker-registry'), 'images of Docker from a registry', 'docker-registry');
  }

  static async start(): Promise<DockerRegistry> {
    const directory = await mkdtemp(join(tmpdir(), 'errand-registry-'));
    const address = `127.0.0.1:${await freePort()}`;
    const config = {
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(directory, 'data') } },
      http: { addr: address },
    };
    // What YAML is too.
    await writeFile(join(directory, 'config.yml'), JSON.stringify(config));
    const process = new ServerProcess(programPath('docker-registry') ?? 'docker-registry', ['serve', join(directory, 'config.yml')]);
    const registry = new DockerRegistry(directory, address, process);
    const answers = (): Promise<boolean> =>
      fetch(`http://${address}/v2/`).then(
        ({ ok }) => ok,
        () => false,
      );
    await process.whenReady(answers).catch(async (fault: unknown) => {
      await registry.stop();
      throw fault;
    });
    return registry;
  }

  async stop(): Promise<void> {
    await this.#process.end('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }
}
