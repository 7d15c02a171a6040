import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { Block, Runner } from '../harness/latency.ts';
import type { SshTarget } from './ssh-target.ts';

const execFileAsync = promisify(execFile);
const PACKAGES = ['asyncssh==2.24.1', 'paramiko==5.1.0'];
/** Outside of the checkout, so that a fresh one finds it. */
const VENV = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'errand-benchmarks', PACKAGES.join('-').replaceAll('=', '-'));

let interpreter: Promise<string | undefined> | undefined;

/** A Python with both libraries, which are installed for it once; undefined, and a word on stderr, where that cannot be. */
function pythonWithSsh(): Promise<string | undefined> {
  interpreter ??= install().catch((error: unknown) => {
    process.stderr.write(`No asyncssh and paramiko, their rows are left out: ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  });
  return interpreter;
}

async function install(): Promise<string> {
  const python = join(VENV, 'bin', 'python');
  if (existsSync(join(VENV, 'complete'))) return python;
  await rm(VENV, { recursive: true, force: true });
  await execFileAsync('python3', ['-m', 'venv', VENV]);
  await execFileAsync(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
  await execFileAsync('touch', [join(VENV, 'complete')]);
  return python;
}

/** A library of Python that runs a line over SSH, over as many connections as so many commands at once need. */
export class PythonSsh implements Runner {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #gone: Promise<never>;
  #refused = 0;

  private constructor(name: string, child: ChildProcessByStdio<Writable, Readable, null>) {
    this.name = name;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout });
    this.#gone = once(this.#lines, 'close').then(() => {
      throw new Error(`${name} ended`);
    });
    this.#gone.catch(() => {});
  }

  /** Both, where Python has them. */
  static async start(target: SshTarget, line: string, width: number): Promise<PythonSsh[]> {
    const python = await pythonWithSsh();
    if (python === undefined) return [];
    const script = join(import.meta.dirname, 'python-ssh.py');
    return ['asyncssh', 'paramiko'].map((library) => {
      const args = [script, library, String(target.port), target.user, target.keyFile, line, String(width)];
      return new PythonSsh(library, spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
    });
  }

  async run(): Promise<void> {
    await this.block(1, 1);
  }

  async block(count: number, width: number): Promise<Block> {
    const answer = once(this.#lines, 'line');
    this.#child.stdin.write(`${count} ${width}\n`);
    const [line] = await Promise.race([answer, this.#gone]);
    const { refused, ...block }: Block & { refused: number } = JSON.parse(line);
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
