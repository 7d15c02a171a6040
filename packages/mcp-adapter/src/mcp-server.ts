import { McpServer } from '@modelcontextprotocol/server';
import { defaultInstructions, packageVersion, type ServerIdentity } from './server-identity.ts';
import type { ToolView } from './tool-view.ts';

/** Gives a maker of servers that have the tools of a view: one is made for each connection, session, or stateless request. */
export function mcpServerFactory(identity: ServerIdentity): (view: ToolView) => McpServer {
  const { name = 'errand', version = packageVersion() } = identity;
  return (view) => {
    const { instructions = view.withPrefix(defaultInstructions(view.targets, view.names)) } = identity;
    const server = new McpServer({ name, version }, { instructions });
    const gone = new AbortController();
    server.server.onclose = () => gone.abort();
    view.addTo(server, gone.signal);
    return server;
  };
}
