import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { localExecutor } from '@errand/core';
import { serveHttp, serveStdio } from '@errand/mcp-adapter';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio as serveSdkStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import { TOKEN } from './mcp-token.ts';

// `bare` or `errand`, over `http` or `stdio`. Over HTTP it prints its URL. It serves until its stdin ends.
const [kind, transport] = process.argv.slice(2);

/** A server by the SDK alone, whose one tool does nothing, with arguments and an answer like run_command's. */
function bareServer(): McpServer {
  const server = new McpServer({ name: 'bare', version: '1.0.0' });
  const inputSchema = z.object({ argv: z.array(z.string()).optional(), target: z.string().optional() });
  const outputSchema = z.object({ outcome: z.string(), exit_code: z.number() });
  const config = { description: 'Does nothing.', inputSchema, outputSchema };
  server.registerTool('run_command', config, async () => ({
    content: [{ type: 'text', text: 'outcome: exited, exit code 0' }],
    structuredContent: { outcome: 'exited', exit_code: 0 },
  }));
  return server;
}

/** Each client in a session of its own, as it is with errand. */
async function bareOverHttp(): Promise<string> {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  const http = createServer((request, response) => {
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known) return void known.handleRequest(request, response);
    const opened = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, opened),
    });
    void bareServer()
      .connect(opened)
      .then(() => opened.handleRequest(request, response));
  });
  // While others have their turn, clients are idle.
  http.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/mcp`;
}

async function start(): Promise<void> {
  if (kind === 'bare' && transport === 'stdio') return void serveSdkStdio(bareServer);
  if (kind === 'bare') return void console.log(await bareOverHttp());
  const executor = localExecutor({ shells: {} });
  if (transport === 'stdio') return void serveStdio(executor).closed.then(() => executor.close());
  const server = await serveHttp(executor, { token: TOKEN, maxSessions: 200 });
  console.log(server.url);
}

await start();
if (transport === 'http') process.stdin.on('end', () => process.exit(0)).resume();
