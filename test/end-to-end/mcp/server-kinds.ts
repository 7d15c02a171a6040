import type { Endpoint } from './clients.ts';
import { temporaryDirectory } from './processes.ts';
import { startCliServer, startLibraryServer, stdioEndpoint } from './servers.ts';

/** What clients connect to, until it is disposed. */
export type Started = { readonly endpoint: Endpoint } & AsyncDisposable;

/** `errand serve`, each way. */
export const CLI_SERVERS: Readonly<Record<string, () => Promise<Started>>> = {
  'errand serve --stdio': async () => {
    const state = await temporaryDirectory();
    return {
      endpoint: stdioEndpoint({ XDG_STATE_HOME: state.path }),
      [Symbol.asyncDispose]: async () => await state[Symbol.asyncDispose](),
    };
  },
  'errand serve --http': async () => withEndpoint(await startCliServer()),
};

/** And who embeds it. */
export const SERVERS: Readonly<Record<string, () => Promise<Started>>> = {
  ...CLI_SERVERS,
  serveHttp: async () => withEndpoint(await startLibraryServer()),
};

function withEndpoint(server: { readonly url: string; readonly token: string } & AsyncDisposable): Started {
  return { endpoint: server, [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose]() };
}
