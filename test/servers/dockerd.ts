import { execFileSync } from 'node:child_process';
import { type FileHandle, mkdir, mkdtemp, open, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DockerApi } from './docker-api.ts';
import { killAll, type ProcessEntry, processFile, processTable } from './process-table.ts';
import { isSkipped, programPath } from './programs.ts';
import { ServerProcess } from './server-process.ts';
import { unmountBelow } from './unmount.ts';

/** Not on everybody's PATH. */
const SBIN = '/usr/sbin';

/** How a daemon is started. */
export interface DockerServerOptions {
  /** Containers go on while no daemon runs. */
  readonly liveRestore?: boolean;
  /** It listens on this port of 127.0.0.1 too, with the `ca.pem`, `cert.pem` and `key.pem` of this directory, for clients of that CA. */
  readonly tls?: { readonly port: number; readonly directory: string };
  /** A directory whose programs go before those of this machine. */
  readonly programs?: string;
  /** How much there is for all that it keeps; what it is given at its first start. Default: as much as the machine has. */
  readonly diskBytes?: number;
}

/**
 * A real dockerd, with a containerd of its own, on a socket, data and state of its own below one directory: whatever other daemon this machine
 * runs is left alone. It has no networks but `none`, and no images but those that it is given.
 */
export class DockerServer {
  readonly #directory: string;
  readonly #programs: string | undefined;
  readonly api: DockerApi;
  #process: ServerProcess | undefined;

  private constructor(directory: string, programs: string | undefined) {
    this.#directory = directory;
    this.#programs = programs;
    this.api = new DockerApi(this.socketPath);
  }

  /** Only root can run it here. */
  static get isSkipped(): boolean {
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) console.log('Skipping containers of Docker (they need root)');
    return !isRoot || isSkipped(programPath('dockerd', SBIN), 'containers of Docker', 'docker.io');
  }

  static async start(options: DockerServerOptions = {}): Promise<DockerServer> {
    const server = new DockerServer(await mkdtemp(join(tmpdir(), 'errand-dockerd-')), options.programs);
    if (options.diskBytes !== undefined) await server.#mountDisk(options.diskBytes);
    await server.start(options).catch(async (fault: unknown) => {
      await server.stop();
      throw fault;
    });
    return server;
  }

  get socketPath(): string {
    return this.#path('docker.sock');
  }

  /** As `DOCKER_HOST` has it. */
  get host(): string {
    return `unix://${this.socketPath}`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** The end of what the daemon logged since its last start. */
  get log(): string {
    return this.#process?.said ?? '';
  }

  /** Again, after `shutDown` or `kill`. */
  async start({ liveRestore = false, tls }: DockerServerOptions = {}): Promise<void> {
    // Without one of its own it would take that of this machine; and dockerd 20 would leave a key in /etc/docker, which later ones have not.
    const key = this.#programs === undefined && { 'deprecated-key-path': this.#path('key.json') };
    const config = { 'live-restore': liveRestore, ...key };
    await writeFile(this.#path('daemon.json'), JSON.stringify(config));
    const settings = {
      host: this.host,
      pidfile: this.#path('dockerd.pid'),
      'config-file': this.#path('daemon.json'),
      'data-root': this.#path('data'),
      'exec-root': this.#path('exec'),
      'cgroup-parent': `/${this.#name}`,
      bridge: 'none',
      iptables: 'false',
      ip6tables: 'false',
      'shutdown-timeout': '1',
      'log-level': 'warn',
    };
    const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    if (tls) args.push(...tlsArguments(tls));
    const directory = this.#programs ?? SBIN;
    const env = { ...process.env, PATH: `${directory}:${process.env['PATH']}` };
    this.#process = new ServerProcess(programPath('dockerd', directory) ?? 'dockerd', args, { env });
    await this.#process.whenReady(() => this.api.answers());
  }

  /** Leaves no room on a disk that has bounds. */
  async fillDisk(): Promise<void> {
    const file = await open(this.#filler, 'w');
    try {
      for (const bytes of [2 ** 20, 2 ** 12]) await fill(file, Buffer.alloc(bytes));
    } finally {
      await file.close();
    }
  }

  /** As it was before `fillDisk`. */
  async emptyDisk(): Promise<void> {
    await rm(this.#filler);
  }

  /** It hangs: its socket takes connections, and nobody answers. Containers go on. */
  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  /** As a service manager stops it: containers end, unless `liveRestore`. */
  async shutDown(): Promise<void> {
    await this.#process?.end('SIGTERM');
  }

  /** With its containerd, which would stand in the way of the next one's. Containers go on, until the next start. */
  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL');
    await killAll(() => this.#find().filter(({ pid }) => /^(\S*\/)?containerd\0/.test(processFile(pid, 'cmdline'))));
  }

  /** Nothing is left of it, nor of what runs in its containers. */
  async stop(): Promise<void> {
    this.resume();
    if (this.pid !== undefined) await this.api.removeAll();
    await this.shutDown();
    // What a killed daemon left: its containerd, and for each container the process that is the parent of all that runs in it.
    await killAll(() => this.#find());
    await killAll(() => processTable().filter(({ pid }) => processFile(pid, 'cgroup').includes(`/${this.#name}/`)));
    unmountBelow(this.#directory);
    await this.#removeCgroups();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #mountDisk(bytes: number): Promise<void> {
    await mkdir(this.#path('data'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'errand-disk', this.#path('data')]);
  }

  get #filler(): string {
    return join(this.#path('data'), 'filler');
  }

  #find(): ProcessEntry[] {
    return processTable().filter(({ pid }) => processFile(pid, 'cmdline').includes(this.#directory));
  }

  get #name(): string {
    return basename(this.#directory);
  }

  /** Where each controller has a tree of its own (version 1), and where all have one. */
  async #removeCgroups(): Promise<void> {
    const root = '/sys/fs/cgroup';
    for (const controller of ['.', ...(await readdir(root))]) await removeTree(join(root, controller, this.#name));
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

async function fill(file: FileHandle, bytes: Buffer): Promise<void> {
  try {
    for (;;) await file.write(bytes);
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault && fault.code === 'ENOSPC')) throw fault;
  }
}

function tlsArguments({ port, directory }: NonNullable<DockerServerOptions['tls']>): string[] {
  const files = Object.entries({ tlscacert: 'ca.pem', tlscert: 'cert.pem', tlskey: 'key.pem' });
  return [`--host=tcp://127.0.0.1:${port}`, '--tlsverify', ...files.map(([name, file]) => `--${name}=${join(directory, file)}`)];
}

/** The files of a cgroup cannot be removed, and go with it. */
async function removeTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => undefined);
  for (const entry of entries ?? []) if (entry.isDirectory()) await removeTree(join(directory, entry.name));
  if (entries) await rmdir(directory);
}
