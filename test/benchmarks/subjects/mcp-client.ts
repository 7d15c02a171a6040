import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { TOKEN } from './mcp-token.ts';

const MAIN = fileURLToPath(new URL('./mcp-server-main.ts', import.meta.url));

/** A server in a process of its own, which ends with this one. */
export interface HttpServerProcess {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** The arguments of Node that start a server of this kind. */
export function serverArguments(kind: 'bare' | 'errand', transport: 'http' | 'stdio'): string[] {
  return ['--conditions=@errand/source', MAIN, kind, transport];
}

export async function startHttpServer(kind: 'bare' | 'errand'): Promise<HttpServerProcess> {
  const child: ChildProcess = spawn(process.execPath, serverArguments(kind, 'http'), { stdio: ['pipe', 'pipe', 'inherit'] });
  if (!child.stdout || child.pid === undefined) throw new Error('The server did not start.');
  const [url] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('The server ended.'))),
  ]);
  const close = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.stdin?.end();
    await gone;
  };
  return { url: String(url), pid: child.pid, close };
}

/** Of a 2025-era revision, in a session. */
export async function connectHttp(url: string): Promise<Client> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return connected(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
}

/** It starts the server. */
export function connectStdio(args: readonly string[]): Promise<Client> {
  return connected(new StdioClientTransport({ command: process.execPath, args: [...args], env: { PATH: process.env['PATH'] ?? '' } }));
}

async function connected(transport: StreamableHTTPClientTransport | StdioClientTransport): Promise<Client> {
  const client = new Client({ name: 'bench', version: '1.0.0' });
  await client.connect(transport);
  return client;
}

/** A command that succeeds, to its end. */
export async function runTrue(client: Client): Promise<void> {
  const { structuredContent } = await client.callTool({ name: 'run_command', arguments: { argv: ['/bin/true'] } });
  if (Reflect.get(Object(structuredContent), 'exit_code') !== 0)
    throw new Error(`It did not succeed: ${JSON.stringify(structuredContent)}`);
}
