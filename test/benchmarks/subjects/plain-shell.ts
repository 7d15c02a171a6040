import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** A sh that is fed lines, with one behind each command that tells its exit code: the least that a warm shell can cost. */
export class PlainShell {
  readonly #stdin: Writable;
  #text = '';
  #over: () => void = () => {};

  static local(): PlainShell {
    const { stdin, stdout } = spawn('/bin/sh', [], { stdio: ['pipe', 'pipe', 'ignore'] });
    return new PlainShell(stdin, stdout);
  }

  constructor(stdin: Writable, stdout: Readable) {
    this.#stdin = stdin;
    stdout.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      if (this.#text.endsWith('over 0\n')) this.#over();
    });
  }

  run(command: string): Promise<void> {
    return new Promise((resolve) => {
      this.#text = '';
      this.#over = resolve;
      this.#stdin.write(`${command}; echo over $?\n`);
    });
  }

  close(): void {
    this.#stdin.end();
  }
}
