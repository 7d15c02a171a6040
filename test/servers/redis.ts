import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSkipped, programPath } from './programs.ts';
import { freePort, ServerProcess } from './server-process.ts';

const PASSWORD = 'redis-secret-0c3';

/** A real Redis on a port of its own, which keeps nothing. */
export class RedisServer {
  readonly password: string = PASSWORD;
  readonly #directory: string;
  readonly #port: number;
  #process: ServerProcess | undefined;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
  }

  static get isSkipped(): boolean {
    return isSkipped(programPath('redis-server'), 'quotas in Redis', 'redis-server');
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await mkdtemp(join(tmpdir(), 'errand-redis-')), await freePort());
    return server.#started();
  }

  get url(): string {
    return `redis://:${PASSWORD}@127.0.0.1:${this.#port}`;
  }

  /** Again, after `kill`. */
  async start(): Promise<void> {
    const settings = [
      '--port',
      String(this.#port),
      '--bind',
      '127.0.0.1',
      '--dir',
      this.#directory,
      '--save',
      '',
      '--requirepass',
      PASSWORD,
    ];
    this.#process = new ServerProcess(programPath('redis-server') ?? 'redis-server', settings);
    await this.#process.whenReady(() => this.#answers());
  }

  /** It hangs, and its port still takes connections. */
  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true });
  }

  async #started(): Promise<this> {
    await this.start().catch(async (fault: unknown) => {
      await this.stop();
      throw fault;
    });
    return this;
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, '127.0.0.1', () => socket.write('PING\r\n'));
      socket.on('data', () => resolve(true)).on('error', () => resolve(false));
      socket.on('data', () => socket.destroy());
    });
  }
}
