import { readFile } from 'node:fs/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Endpoint } from './serving.ts';

/** Runs a command as any MCP client would, and gives its stdout. */
export async function runThroughMcp({ url, tokenFile }: Endpoint, argv: readonly string[]): Promise<string> {
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const client = new Client({ name: 'errand-start', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  try {
    const { structuredContent } = await client.callTool({ name: 'run_command', arguments: { argv: [...argv] } });
    return String(Object(structuredContent)['stdout']);
  } finally {
    await client.close();
  }
}
