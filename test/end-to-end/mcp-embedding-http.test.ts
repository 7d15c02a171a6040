import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Executor, localExecutor } from '@errand/core';
import { registerTools } from '@errand/mcp-adapter';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer as ServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { createMcpHandler, McpServer as ServerV2 } from '@modelcontextprotocol/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Generation } from './mcp/clients.ts';
import { allGone, isAlive, pidsIn, STRAYING_PROCESSES, strayingScript, temporaryDirectory } from './mcp/processes.ts';

// Servers of somebody's own that keep no session: there too a closed response may be a cancel or a broken connection.

const NAMED = { name: 'test', version: '1.0.0' };

let executor: Executor;
/** Such a server has them until its process ends. */
let registered: AsyncDisposable[];
beforeEach(() => {
  executor = localExecutor();
  registered = [];
});
afterEach(async () => {
  await Promise.all(registered.map((tools) => tools[Symbol.asyncDispose]()));
  await executor.close();
});

const STATELESS: readonly (readonly [name: string, generation: Generation, listener: () => RequestListener])[] = [
  [
    'v1',
    'v1',
    () => async (req, res) => {
      const server = new ServerV1(NAMED);
      registered.push(registerTools(server, executor));
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: false });
      res.on('close', () => void server.close());
      await server.connect(transport as Transport);
      await transport.handleRequest(req, res);
    },
  ],
  [
    'v2',
    'v2 of 2026-07-28',
    () => {
      const handler = createMcpHandler(() => {
        const server = new ServerV2(NAMED);
        registered.push(registerTools(server, executor));
        return server;
      });
      return (req, res) => void toNodeHandler(handler)(req as Parameters<ReturnType<typeof toNodeHandler>>[0], res);
    },
  ],
];

async function listen(listener: RequestListener): Promise<{ readonly url: string; readonly token: string } & AsyncDisposable> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    token: 'none',
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

describe.each(STATELESS)('on a stateless HTTP server of SDK %s', (_name, generation, listener) => {
  test('a closed response ends the command', async () => {
    await using directory = await temporaryDirectory();
    await using server = await listen(listener());
    const client = await connect(generation, server);
    const file = `${directory.path}/pids`;
    const lost = expect(client.call('run_command', { command: strayingScript(file) })).rejects.toThrow();
    const pids = await pidsIn(file, STRAYING_PROCESSES);
    await client[Symbol.asyncDispose]();
    await lost;
    await allGone(pids);
  });

  test('a closed response under a key does not, and the same call sent again gets the result', async () => {
    await using directory = await temporaryDirectory();
    await using server = await listen(listener());
    const client = await connect(generation, server);
    const command = 'echo $$ >>pids; until [ -e go ]; do sleep 0.02; done; echo done';
    const args = { command, cwd: directory.path, idempotency_key: 'k' };
    const lost = expect(client.call('run_command', args)).rejects.toThrow();
    const pids = await pidsIn(`${directory.path}/pids`, 1);
    await client[Symbol.asyncDispose]();
    await lost;

    await using another = await connect(generation, server);
    const again = another.call('run_command', args);
    await another.call('run_command', { argv: ['touch', `${directory.path}/go`] });
    expect((await again).structuredContent).toMatchObject({ outcome: 'exited', stdout: 'done\n' });
    expect(await pidsIn(`${directory.path}/pids`, 1)).toEqual(pids);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});
