import { McpServer } from '@modelcontextprotocol/server';
import { defaultInstructions, packageVersion, type ServerIdentity } from './server-identity.ts';
import type { Toolset } from './toolset.ts';

/** Gives a maker of servers that have these tools: one is made for each connection, session, or stateless request. */
export function mcpServerFactory(toolset: Toolset, identity: ServerIdentity): () => McpServer {
  const {
    name = 'errand',
    version = packageVersion(),
    instructions = toolset.withPrefix(defaultInstructions(toolset.targets, toolset.names)),
  } = identity;
  return () => {
    const server = new McpServer({ name, version }, { instructions });
    const gone = new AbortController();
    server.server.onclose = () => gone.abort();
    toolset.addTo(server, gone.signal);
    return server;
  };
}
