import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processTable } from './process-table.ts';
import { isSkipped } from './programs.ts';

const SYSTEMD = '/lib/systemd/systemd';
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
/** For it to boot, on a machine that is busy. */
const START_TRIES = 600;
const COMMAND_MS = 90_000;

/** What a program that ran on the machine came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A small machine whose first process is a real systemd, in namespaces of its own: it has the programs of this machine, files, accounts, processes,
 * networks and cgroups of its own, and `errand` and `node` in /usr/local/bin. Whatever ends its first process ends all, as does the end of whoever
 * started it.
 */
export class SystemdMachine implements AsyncDisposable {
  readonly #directory: string;
  readonly #around: ChildProcess;
  readonly #ports: ChildProcess[] = [];
  #said = '';

  private constructor(directory: string) {
    this.#directory = directory;
    const script = (name: string): string => join(REPOSITORY, 'test/servers/systemd', name);
    this.#around = spawn('sh', [script('around.sh')], {
      env: {
        PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
        DIR: directory,
        CGROUP: join(cgroups() ?? '', basename(directory)),
        INSIDE: script('inside.sh'),
        NODE: realpathSync(process.execPath),
        REPOSITORY,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      // Not for a Ctrl-C that ends the tests: it ends by itself, after what it has to remove.
      detached: true,
    });
    for (const stream of [this.#around.stdout, this.#around.stderr])
      stream?.on('data', (data: Buffer) => {
        this.#said = (this.#said + data).slice(-10_000);
      });
  }

  /** Only root can run one here. */
  static get isSkipped(): boolean {
    const isRoot = process.getuid?.() === 0 && cgroups() !== undefined;
    if (!isRoot) console.log('Skipping services of systemd (they need root, and cgroups of version 2 that it may add to)');
    return !isRoot || isSkipped(existsSync(SYSTEMD) ? SYSTEMD : undefined, 'services of systemd', 'systemd');
  }

  static async start(): Promise<SystemdMachine> {
    const machine = new SystemdMachine(await mkdtemp(join(tmpdir(), 'errand-systemd-')));
    try {
      await machine.#whenBooted();
      return machine;
    } catch (fault) {
      await machine[Symbol.asyncDispose]();
      throw fault;
    }
  }

  /** Runs a program there as root, in none of its services; `input` is its stdin. */
  async run(command: readonly string[], input = ''): Promise<Ran> {
    const args = ['--all', `--target=${this.#pid}`, ...command];
    return await new Promise((resolve) => {
      const options = { env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin' }, timeout: COMMAND_MS };
      const child = execFile('/usr/bin/nsenter', args, options, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr }),
      );
      // It may end without having read it.
      child.stdin?.on('error', () => {}).end(input);
    });
  }

  /** What a program there prints. @throws Error that says what it said where it fails. */
  async output(command: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, input);
    if (code !== 0) throw new Error(`${command.join(' ')} exited with ${code}: ${stderr}${stdout}`);
    return stdout.trimEnd();
  }

  /** A port of this machine that leads to one of that machine's 127.0.0.1. */
  async openPort(inside: number): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const fixture = join(REPOSITORY, 'test/servers/systemd/port-inside.fixture.ts');
    const child = spawn('nsenter', ['--net', `--target=${this.#pid}`, process.execPath, fixture, String(inside)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#ports.push(child);
    const isLed = once(child, 'message');
    child.send('lead', server);
    await isLed;
    server.close();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Nothing is left of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [...this.#ports, this.#around]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, 'exit');
      if (child === this.#around) child.stdin?.end();
      else child.kill();
      await exit;
    }
  }

  /** Its first process, as this machine counts. */
  get #pid(): number {
    const file = join(this.#directory, 'pid');
    const parent = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    return (parent > 0 ? processTable().find((entry) => entry.parent === parent)?.pid : undefined) ?? 0;
  }

  async #whenBooted(): Promise<void> {
    for (let tries = 0; tries < START_TRIES; tries += 1) {
      await delay(100);
      if (this.#around.exitCode !== null) break;
      const isSystemd = this.#pid > 0 && readFileSync(`/proc/${this.#pid}/comm`, 'utf8') === 'systemd\n';
      // What a service of Debian's may lack there is no matter.
      if (isSystemd && /^(running|degraded)$/m.test((await this.run(['systemctl', 'is-system-running'])).stdout)) return;
    }
    throw new Error(`systemd did not start: ${this.#said}`);
  }
}

/** Where this machine's cgroups of version 2 are, beside those of version 1 or alone; undefined where none can be made. */
function cgroups(): string | undefined {
  try {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    const path = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
    if (path !== undefined) accessSync(path, constants.W_OK);
    return path;
  } catch {
    return undefined;
  }
}
