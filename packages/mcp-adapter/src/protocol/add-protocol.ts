import { isExecError } from '@errand/core';
import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type ServerCapabilities,
} from '@modelcontextprotocol/server';
import type { AuthInfo } from '../auth-info.ts';
import type { Owner } from '../jobs/owner.ts';
import { ClientLog } from './client-log.ts';
import { complete } from './completion.ts';
import type { Connection, CurrentView } from './connection.ts';
import { jobStreamOf, TARGETS_URI } from './resource-uri.ts';
import { listResources, listTemplates, readResource } from './resources.ts';
import { MAX_SUBSCRIPTIONS, Subscriptions } from './subscriptions.ts';

/** What a server tells its client of by itself. */
export interface Told {
  readonly log: ClientLog;
  readonly subscriptions: Subscriptions;
}

/** Where a server finds what it answers with. */
export interface Offering {
  readonly view: CurrentView;
  /** @throws ExecError as the function `ownerOf` does */
  readonly ownerOf: (authInfo: AuthInfo | undefined) => Owner;
}

/** What such a server says that it can. */
export function capabilitiesFor({ era }: Connection): ServerCapabilities {
  const isLegacy = era === 'legacy';
  // Without a word the SDK says that clients are told when the list of resources changes; with each command it does.
  const resources = { listChanged: false, ...(isLegacy && { subscribe: true }) };
  return { resources, completions: {}, ...(isLegacy && { logging: {} }) };
}

/** Adds what is no tool: resources, completion, and the client's log. */
export function addProtocol({ server }: McpServer, { era }: Connection, { view, ownerOf }: Offering): Told {
  const told = {
    log: new ClientLog((level, data) =>
      quietly(server.notification({ method: 'notifications/message', params: { level, logger: 'errand', data } })),
    ),
    subscriptions: new Subscriptions((uri) => quietly(server.sendResourceUpdated({ uri }))),
  };
  server.setRequestHandler('resources/list', ({ params }, { http }) =>
    orInvalid(async () => {
      const now = view();
      return now ? await listResources(now, ownerOf(http?.authInfo), params?.cursor) : { resources: [] };
    }),
  );
  server.setRequestHandler('resources/templates/list', () => {
    const now = view();
    return { resourceTemplates: now ? listTemplates(now) : [] };
  });
  server.setRequestHandler('resources/read', ({ params: { uri } }, { http }) =>
    orInvalid(() => readResource(view(), ownerOf(http?.authInfo), uri)),
  );
  server.setRequestHandler('completion/complete', async ({ params: { ref, argument } }, { http }) => {
    const template = ref.type === 'ref/resource' ? ref.uri : '';
    return { completion: await complete(view(), ownerOf(http?.authInfo), { template, ...argument }) };
  });
  if (era === 'modern') return told;
  server.setRequestHandler('logging/setLevel', ({ params: { level } }) => {
    told.log.setLevel(level);
    return {};
  });
  server.setRequestHandler('resources/subscribe', ({ params: { uri } }, { http }) =>
    orInvalid(async () => {
      const now = view();
      const job = jobStreamOf(uri);
      if (told.subscriptions.isFull)
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There may be ${MAX_SUBSCRIPTIONS} subscriptions.`);
      if (uri === TARGETS_URI && now?.has('list_targets')) told.subscriptions.followTargets();
      else if (job && now?.has('read_output'))
        told.subscriptions.follow(
          uri,
          await now.seen.find(ownerOf(http?.authInfo), job.jobId).catch(() => {
            throw new ResourceNotFoundError(uri);
          }),
          job.stream,
        );
      else throw new ResourceNotFoundError(uri);
      return {};
    }),
  );
  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    told.subscriptions.end(uri);
    return {};
  });
  return told;
}

/** A fault that names an option is the caller's. */
async function orInvalid<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    if (!isExecError(fault)) throw fault;
    throw new ProtocolError(
      fault.code === 'EXEC_INVALID_OPTION' ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
      `${fault.code}: ${fault.message}`,
    );
  }
}

/** A client that is gone shows elsewhere. */
function quietly(sent: Promise<void>): void {
  sent.catch(() => {});
}
