import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from './clients.ts';

const CLI = fileURLToPath(new URL('../../../packages/cli/src/bin.ts', import.meta.url));
const LIBRARY = fileURLToPath(new URL('./http-server-process.ts', import.meta.url));

/** A server in a process of its own, listening. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** What it wrote to stderr so far. */
  log(): string;
}

/** The arguments of Node that run the errand command from its sources. */
export function errand(...args: string[]): string[] {
  return ['--conditions=@errand/source', CLI, ...args];
}

/** `errand serve --stdio`, which the client starts. */
export function stdioEndpoint(env: Record<string, string> = {}, ...args: string[]): Endpoint {
  return { command: process.execPath, args: errand('serve', '--stdio', ...args), env: { PATH: process.env['PATH'] ?? '', ...env } };
}

/** `errand serve --http`, with a state directory of its own, or with one that stays. */
export async function startCliServer(given?: string, ...args: string[]): Promise<ServerProcess> {
  const state = given ?? (await mkdtemp(join(tmpdir(), 'errand-mcp-')));
  const child = spawn(process.execPath, errand('serve', '--http', '127.0.0.1:0', ...args), {
    env: { ...process.env, XDG_STATE_HOME: state },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const cleanUp = async (): Promise<void> => {
    if (given === undefined) await rm(state, { recursive: true, force: true });
  };
  const { log, found } = watch(child, child.stderr, /serving MCP at (\S+) \(bearer token: (.+)\)/);
  try {
    const [, url = '', file = ''] = await found;
    return {
      url,
      token: (await readFile(file, 'utf8')).trim(),
      child,
      log,
      // Unlike SIGTERM it waits for nothing that a test has left running.
      [Symbol.asyncDispose]: async () => await end(child, 'SIGINT').finally(cleanUp),
    };
  } catch (error) {
    await end(child, 'SIGINT').finally(cleanUp);
    throw error;
  }
}

/** `serveHttp`, as a program that imports it runs it; `options` are added to its own. */
export async function startLibraryServer(options: object = {}): Promise<ServerProcess> {
  const token = 'a-token-for-this-test-alone';
  // For what is detached: a target keeps that in the account's own state directory.
  const state = await mkdtemp(join(tmpdir(), 'errand-mcp-'));
  const cleanUp = async (): Promise<void> => await rm(state, { recursive: true, force: true });
  const child = spawn(process.execPath, ['--conditions=@errand/source', LIBRARY], {
    env: { ...process.env, XDG_STATE_HOME: state, SERVE_OPTIONS: JSON.stringify({ token, ...options }) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { log, found } = watch(child, child.stdout, /^(http\S+)\n/);
  try {
    const [, url = ''] = await found;
    return { url, token, child, log, [Symbol.asyncDispose]: async () => await end(child).finally(cleanUp) };
  } catch (error) {
    await end(child).finally(cleanUp);
    throw error;
  }
}

/** Collects what a process says, and looks in it for what tells that it is ready. */
function watch(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  stream: Readable,
  ready: RegExp,
): { log: () => string; found: Promise<RegExpExecArray> } {
  let errors = '';
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const found = new Promise<RegExpExecArray>((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const match = ready.exec(said);
      if (match !== null) resolve(match);
    });
    child.once('close', () => reject(new Error(`The server ended before it listened: ${errors}`)));
  });
  return { log: () => errors, found };
}

async function end(child: ChildProcessByStdio<Writable, Readable, Readable>, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const bound = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(bound);
}
