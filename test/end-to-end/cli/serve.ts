import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { atEnd } from './cleanup.ts';
import { type Started, start } from './errand.ts';
import { heard } from './output.ts';
import { temporaryDirectory } from './temporary.ts';

/** An `errand serve --http` of its own, with a state directory of its own. */
export interface Served {
  readonly child: Started;
  readonly url: string;
  /** On stderr, until it listened. */
  readonly said: string;
  readonly stateHome: string;
  readonly tokenFile: string;
}

/** Starts a server and waits until it listens. */
export async function serve(stateHome?: string): Promise<Served> {
  const home = stateHome ?? (await temporaryDirectory());
  const child = start(['serve', '--http', '0'], { env: { XDG_STATE_HOME: home } });
  const { input: said, 1: url = '' } = await heard(child.stderr, /serving MCP at (\S+) .*\n/);
  return { child, url, said, stateHome: home, tokenFile: join(home, 'errand', 'token') };
}

/** Runs a script through MCP; the call is over when the server answers or goes. */
export async function runThrough({ url, tokenFile }: Served, command: string): Promise<unknown> {
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const client = new Client({ name: 'test', version: '1.0.0' });
  atEnd(() => client.close().catch(() => {}));
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  return (await client.callTool({ name: 'run_command', arguments: { command } })).structuredContent;
}
