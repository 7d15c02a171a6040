import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { poll, temporaryDirectory } from './processes.ts';
import { errand } from './servers.ts';

interface Message {
  readonly id?: number;
  readonly result?: {
    readonly structuredContent?: Record<string, unknown>;
    readonly isError?: boolean;
    readonly content?: readonly { readonly text?: string }[];
  };
  readonly error?: { readonly code: number; readonly message: string };
}

/** `errand serve --stdio` with a client that sends what it is told to, right or wrong. */
export interface RawStdio extends AsyncDisposable {
  readonly pid: number;
  send(line: object | string): void;
  call(id: number, args: Record<string, unknown>): void;
  cancel(id: number): void;
  answer(id: number): Promise<Message>;
  closeStdin(): void;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** How the server ended. */
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Every line of its stdout. */
  readonly lines: readonly string[];
  log(): string;
}

/** Starts it, with more arguments if need be, and shakes hands. */
export async function startRawStdio(...args: string[]): Promise<RawStdio> {
  const state = await temporaryDirectory();
  const child = spawn(process.execPath, errand('serve', '--stdio', ...args), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, XDG_STATE_HOME: state.path },
  });
  const exit = once(child, 'exit').then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null }));
  const lines: string[] = [];
  let log = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const send = (line: object | string): void => {
    child.stdin.write(`${typeof line === 'string' ? line : JSON.stringify({ jsonrpc: '2.0', ...line })}\n`);
  };
  const answer = async (id: number): Promise<Message> => {
    let found: Message | undefined;
    await poll(`an answer to ${id}`, 15_000, () => {
      found = lines.map((line) => JSON.parse(line) as Message).find((message) => message.id === id);
      return found !== undefined;
    });
    return found ?? {};
  };
  const server: RawStdio = {
    pid: child.pid ?? 0,
    send,
    call: (id, args) => send({ id, method: 'tools/call', params: { name: 'run_command', arguments: args } }),
    cancel: (id) => send({ method: 'notifications/cancelled', params: { requestId: id } }),
    answer,
    closeStdin: () => child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    exit,
    lines,
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exit;
      await state[Symbol.asyncDispose]();
    },
  };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1.0.0' } };
  send({ id: 0, method: 'initialize', params });
  await answer(0);
  send({ method: 'notifications/initialized' });
  return server;
}
