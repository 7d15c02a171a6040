import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that a test starts, and that is ended by its pid. */
export class ServerProcess {
  readonly #child: ChildProcess;
  #said = '';

  constructor(program: string, args: readonly string[], options: SpawnOptions = {}) {
    this.#child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (data: Buffer) => {
        this.#said = (this.#said + data).slice(-10_000);
      });
    this.#child.on('error', (error) => {
      this.#said += error.message;
    });
  }

  /** Undefined when it does not run: the number may be another's by then. */
  get pid(): number | undefined {
    return this.#hasEnded ? undefined : this.#child.pid;
  }

  /** The end of what it wrote to stdout and stderr. */
  get said(): string {
    return this.#said;
  }

  /** Until it answers; it is asked so often, every 50 ms. */
  async whenReady(isReady: () => Promise<boolean>, tries = 300): Promise<void> {
    for (let i = 0; i < tries; i += 1) {
      if (await isReady()) return;
      if (this.#child.exitCode !== null) break;
      await delay(50);
    }
    await this.end('SIGKILL');
    throw new Error(`The server did not start: ${this.#said}`);
  }

  /** Sends a signal that does not end it, such as SIGSTOP. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.pid === undefined) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

/** One that nobody listens on, as far as anybody can know. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
