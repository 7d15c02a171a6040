import { InMemoryTransport, type JSONRPCMessage, type Tool } from '@modelcontextprotocol/server';
import { mcpServerFactory } from './mcp-server.ts';
import { refuseUnknownOptions } from './refuse-unknown-options.ts';
import { IDENTITY_OPTIONS, type ServerIdentity } from './server-identity.ts';
import type { Targets } from './targets.ts';
import { TOOL_OPTIONS, type ToolOptions } from './tool-options.ts';
import { Toolset } from './toolset.ts';

/** What a client, and through it a model, is told by a server. */
export interface ToolsDescription {
  readonly instructions: string;
  /** As `tools/list` answers them. */
  readonly tools: readonly Tool[];
}

/**
 * Asks a server with these executors and options what it offers, as a client does. Nothing is started, and no target is asked.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` that names the option.
 */
export async function describeTools(executors: Targets, options: ToolOptions & ServerIdentity = {}): Promise<ToolsDescription> {
  refuseUnknownOptions(options, [...TOOL_OPTIONS, ...IDENTITY_OPTIONS]);
  const toolset = new Toolset(executors, options);
  const server = mcpServerFactory(options, toolset)(toolset.whole, { era: 'legacy' });
  const [client, transport] = InMemoryTransport.createLinkedPair();
  try {
    await server.connect(transport);
    await client.start();
    const clientInfo = { name: 'errand', version: '1' };
    const { instructions = '' } = await ask(client, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
    await client.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    const { tools = [] } = await ask(client, 'tools/list', {});
    return { instructions, tools };
  } finally {
    await server.close();
    await toolset.close();
  }
}

async function ask(client: InMemoryTransport, method: string, params: Record<string, unknown>): Promise<Partial<ToolsDescription>> {
  const { promise, resolve, reject } = Promise.withResolvers<Partial<ToolsDescription>>();
  client.onmessage = (message: JSONRPCMessage) => {
    if ('result' in message) resolve(message.result as Partial<ToolsDescription>);
    else if ('error' in message) reject(new Error(message.error.message));
  };
  await client.send({ jsonrpc: '2.0', id: method, method, params });
  return await promise;
}
