import { McpServer } from '@modelcontextprotocol/server';
import { defaultInstructions, packageVersion, type ServerIdentity } from './server-identity.ts';
import type { ToolView } from './tool-view.ts';
import type { Toolset } from './toolset.ts';

/** Gives a maker of servers that have the tools of a view: one is made for each connection, session, or stateless request. */
export function mcpServerFactory(identity: ServerIdentity, toolset: Toolset): (view: ToolView) => McpServer {
  const { name = 'errand', version = packageVersion() } = identity;
  return (view) => {
    const { instructions = view.withPrefix(defaultInstructions(view.targets, view.names)) } = identity;
    const server = new McpServer({ name, version }, { instructions, debouncedNotificationMethods: ['notifications/tools/list_changed'] });
    const gone = new AbortController();
    const added = view.addTo(server, gone.signal);
    const forget = toolset.keepShown({ added, scope: view.scope, tell: () => server.sendToolListChanged() });
    server.server.onclose = () => {
      forget();
      gone.abort();
    };
    return server;
  };
}
