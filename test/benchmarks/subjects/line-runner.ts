import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Block, Runner } from '../harness/latency.ts';

/** A program that reads lines `COUNT WIDTH`, runs so many commands, and answers each line with a block as JSON. */
export class LineRunner implements Runner {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #gone: Promise<never>;
  #refused = 0;

  constructor(name: string, program: string, args: readonly string[]) {
    this.name = name;
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#gone = once(this.#lines, 'close').then(() => {
      throw new Error(`${name} ended`);
    });
    this.#gone.catch(() => {});
  }

  async run(): Promise<void> {
    await this.block(1, 1);
  }

  async block(count: number, width: number): Promise<Block> {
    const answer = once(this.#lines, 'line');
    this.#child.stdin.write(`${count} ${width}\n`);
    const [line] = await Promise.race([answer, this.#gone]);
    const { refused = 0, ...block }: Block & { refused?: number } = JSON.parse(line);
    this.#refused += refused;
    return block;
  }

  async close(): Promise<void> {
    if (this.#refused > 0) process.stderr.write(`${this.name}: ${this.#refused} commands were refused, and run again\n`);
    const gone = once(this.#child, 'close');
    this.#child.stdin.end();
    await gone;
  }
}
