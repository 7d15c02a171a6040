import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSkipped, programPath } from './programs.ts';
import { freePort, ServerProcess } from './server-process.ts';

/** Where Debian puts them, a directory a version. */
const DEBIAN = '/usr/lib/postgresql/*/bin';

/** A real PostgreSQL on a port of its own, with a new cluster. It refuses to run as root, so then it runs as the account `postgres`. */
export class PostgresServer {
  readonly #directory: string;
  readonly #port: number;
  readonly #account: { readonly uid?: number; readonly gid?: number };
  #process: ServerProcess | undefined;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
    this.#account = process.getuid?.() === 0 ? accountOf('postgres') : {};
  }

  static get isSkipped(): boolean {
    return isSkipped(programPath('initdb', DEBIAN), 'quotas in PostgreSQL', 'postgresql');
  }

  static async start(): Promise<PostgresServer> {
    const server = new PostgresServer(await mkdtemp(join(tmpdir(), 'errand-postgres-')), await freePort());
    return server.#started();
  }

  get url(): string {
    return `postgres://errand@127.0.0.1:${this.#port}/postgres`;
  }

  async start(): Promise<void> {
    const settings = ['-D', this.#directory, '-p', String(this.#port), '-h', '127.0.0.1', '-k', this.#directory, '-F'];
    this.#process = new ServerProcess(program('postgres'), settings, { ...this.#account, cwd: this.#directory });
    const probe = ['-q', '-h', '127.0.0.1', '-p', String(this.#port)];
    await this.#process.whenReady(async () => {
      try {
        execFileSync(program('pg_isready'), probe, { stdio: 'ignore' });
        return true;
      } catch {
        return false;
      }
    });
  }

  /** SIGQUIT ends its children too, and waits for nobody. */
  async kill(): Promise<void> {
    await this.#process?.end('SIGQUIT');
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true });
  }

  async #started(): Promise<this> {
    try {
      this.#makeCluster();
      await this.start();
      return this;
    } catch (fault) {
      await this.stop();
      throw fault;
    }
  }

  #makeCluster(): void {
    const { uid, gid } = this.#account;
    if (uid !== undefined && gid !== undefined) chownSync(this.#directory, uid, gid);
    const settings = ['-D', this.#directory, '-U', 'errand', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    execFileSync(program('initdb'), settings, { ...this.#account, cwd: this.#directory, stdio: 'pipe' });
  }
}

function program(name: string): string {
  return programPath(name, DEBIAN) ?? name;
}

function accountOf(name: string): { readonly uid: number; readonly gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
