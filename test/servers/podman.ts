import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerApi } from './docker-api.ts';
import { killAll, type ProcessEntry, processFile, processTable } from './process-table.ts';
import { programPath } from './programs.ts';
import { ServerProcess } from './server-process.ts';
import { unmountBelow } from './unmount.ts';

/** A real service of Podman, which speaks Docker's API on a socket of its own, with all that it keeps below one directory. */
export class PodmanServer {
  readonly #directory: string;
  readonly api: DockerApi;
  #process: ServerProcess | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
    this.api = new DockerApi(this.#path('podman.sock'));
  }

  /** Only root can run it here. */
  static get isSkipped(): boolean {
    const isThere = process.getuid?.() === 0 && programPath('podman') !== undefined && programPath('docker-init') !== undefined;
    const skipped = !isThere && !process.env['CI'];
    if (skipped)
      console.log('Skipping containers of Podman (to get them: as root, npm run test:full, or apt-get install podman docker.io)');
    return skipped;
  }

  static async start(): Promise<PodmanServer> {
    const server = new PodmanServer(await mkdtemp(join(tmpdir(), 'errand-podman-')));
    await server.#start().catch(async (fault: unknown) => {
      await server.stop();
      throw fault;
    });
    return server;
  }

  /** As `DOCKER_HOST` has it. */
  get host(): string {
    return `unix://${this.#path('podman.sock')}`;
  }

  async #start(): Promise<void> {
    const [storage, settings] = [this.#path('storage.conf'), this.#path('containers.conf')];
    const roots = `runroot = "${this.#path('run')}"\ngraphroot = "${this.#path('root')}"`;
    await writeFile(storage, `[storage]\ndriver = "overlay"\n${roots}\n`);
    const engine = `cgroup_manager = "cgroupfs"\nevents_logger = "file"\nexit_command_delay = 15\ntmp_dir = "${this.#path('tmp')}"`;
    // Debian's podman brings none.
    const init = `init_path = "${programPath('docker-init') ?? ''}"`;
    // Its own defaults are more than this machine may allow.
    const containers = 'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]';
    await writeFile(settings, `[containers]\n${containers}\n[engine]\n${engine}\n${init}\n`);
    const env = { ...process.env, CONTAINERS_STORAGE_CONF: storage, CONTAINERS_CONF: settings };
    this.#process = new ServerProcess(programPath('podman') ?? 'podman', ['system', 'service', '--time=0', this.host], { env });
    await this.#process.whenReady(() => this.api.answers());
  }

  /** Nothing is left of it, nor of what runs in its containers. */
  async stop(): Promise<void> {
    if (this.#process?.pid !== undefined) await this.api.removeAll();
    await this.#process?.end('SIGTERM');
    await killAll(() => this.#find());
    unmountBelow(this.#directory);
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Each container's parent has it in its arguments. */
  #find(): ProcessEntry[] {
    return processTable().filter(({ pid }) => processFile(pid, 'cmdline').includes(this.#directory));
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}
