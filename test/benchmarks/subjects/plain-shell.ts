import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** A /bin/sh that is fed by a pipe, with a line behind each command that tells its exit code: the least that a session can cost. */
export class PlainShell {
  readonly #child: ChildProcessByStdio<Writable, Readable, null> = spawn('/bin/sh', [], { stdio: ['pipe', 'pipe', 'ignore'] });
  #text = '';
  #over: () => void = () => {};

  constructor() {
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      if (this.#text.endsWith('over 0\n')) this.#over();
    });
  }

  run(command: string): Promise<void> {
    return new Promise((resolve) => {
      this.#text = '';
      this.#over = resolve;
      this.#child.stdin.write(`${command}; echo over $?\n`);
    });
  }

  close(): void {
    this.#child.stdin.end();
  }
}
