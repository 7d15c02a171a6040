import { McpServer } from '@modelcontextprotocol/server';
import { addProtocol, capabilitiesFor } from './protocol/add-protocol.ts';
import type { Connection } from './protocol/connection.ts';
import { defaultInstructions, packageVersion, type ServerIdentity } from './server-identity.ts';
import type { ToolView } from './tool-view.ts';
import type { Toolset } from './toolset.ts';

/** Makes servers that have the tools of a view: one for each connection, session, or stateless request. */
export type MakeServer = (view: ToolView, connection: Connection) => McpServer;

/** Gives a maker of such servers. They are kept as the toolset is while they are connected. */
export function mcpServerFactory(identity: ServerIdentity, toolset: Toolset): MakeServer {
  const { name = 'errand', version = packageVersion() } = identity;
  return (view, connection) => {
    const { instructions = view.withPrefix(defaultInstructions(view.targets, view.names)) } = identity;
    const server = new McpServer(
      { name, version },
      { instructions, capabilities: capabilitiesFor(connection), debouncedNotificationMethods: ['notifications/tools/list_changed'] },
    );
    const gone = new AbortController();
    const { scope } = view;
    const added = view.addTo(server, gone.signal);
    const { log, subscriptions } = addProtocol(server, connection, {
      view: () => toolset.view(scope),
      ownerOf: (info) => toolset.ownerOf(info),
    });
    const forget = toolset.keepShown({
      added,
      scope,
      owner: () => toolset.ownerOf(connection.authInfo),
      log,
      changed: () => {
        server.sendToolListChanged();
        subscriptions.targetsChanged();
      },
    });
    server.server.onclose = () => {
      forget();
      subscriptions.close();
      gone.abort();
    };
    return server;
  };
}
