import { localExecutor } from '@errand/core';
import { InMemoryTransport, type JSONRPCMessage } from '@modelcontextprotocol/server';
import { expect, test } from 'vitest';
import { mcpServerFactory } from './mcp-server.ts';
import { Toolset } from './toolset.ts';

const call = (command: string): JSONRPCMessage => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'run_command', arguments: { command } },
});

test('a connection that is over ends all that was called through it, also a request whose id another one took', async () => {
  await using executor = localExecutor();
  const toolset = new Toolset(executor, {});
  const outcomes: string[] = [];
  const spawn = executor.spawn.bind(executor);
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let ready = 0;
  executor.spawn = (command, options) => {
    const execution = spawn(command, { ...options, onOutput: () => ++ready === 2 && started.resolve() });
    execution.result.then(({ outcome }) => outcomes.push(outcome) === 2 && ended.resolve(), ended.reject);
    return execution;
  };
  const server = mcpServerFactory({}, toolset)(toolset.whole, { era: 'legacy' });
  const [client, transport] = InMemoryTransport.createLinkedPair();
  await server.connect(transport);
  await client.start();
  await client.send(call('echo begun; exec sleep 3600'));
  await client.send(call('echo begun; exec sleep 3601'));
  await started.promise;
  await client.close();
  await ended.promise;
  expect(outcomes).toEqual(['cancelled', 'cancelled']);
  await toolset.close();
});
