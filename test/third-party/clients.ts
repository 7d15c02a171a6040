import { pathToFileURL } from 'node:url';
import { connect, type Endpoint } from '../end-to-end/mcp/clients.ts';
import { aiSdkModule, mcporterModule } from '../servers/third-party/location.mjs';

/** An MCP client that is not ours, in its own way of speaking. */
export interface OtherClient extends AsyncDisposable {
  /**
   * Calls a tool. A client that can be told to give up a call does so at `givenUp`; one that has timeouts only is given one of
   * `giveUpAfterMs`. With `onProgress` a client that shows progress gives what it is told.
   */
  call(tool: string, args: Record<string, unknown>, options?: OtherCall): Promise<Record<string, unknown>>;
}

export interface OtherCall {
  readonly givenUp?: AbortSignal;
  readonly giveUpAfterMs?: number;
  readonly onProgress?: (message: string) => void;
}

export type Connection = 'HTTP' | 'stdio';

export interface Kind {
  /** What it is installed as; undefined where it is not. */
  readonly path: string | undefined;
  /** Whether it shows a caller how far a call is. */
  readonly progress: boolean;
  /**
   * Over what a call that is given up is cancelled. @ai-sdk/mcp sends no message, which over HTTP the end of its request replaces; mcporter aborts
   * the request that would carry it.
   */
  readonly cancels: readonly Connection[];
  open(path: string, endpoint: Endpoint): Promise<OtherClient>;
}

export const CLIENTS: Readonly<Record<string, Kind>> = {
  'the client of SDK v1': { path: 'node_modules', progress: true, cancels: ['HTTP', 'stdio'], open: openV1 },
  '@ai-sdk/mcp': { path: aiSdkModule(), progress: false, cancels: ['HTTP'], open: openAiSdk },
  mcporter: { path: mcporterModule(), progress: false, cancels: ['stdio'], open: openMcporter },
};

async function openV1(_path: string, endpoint: Endpoint): Promise<OtherClient> {
  const client = await connect('v1', endpoint);
  return {
    call: async (tool, args, { givenUp, onProgress } = {}) => {
      const { structuredContent, isError, text } = await client.call(tool, args, {
        ...(givenUp && { signal: givenUp }),
        ...(onProgress && { onprogress: ({ message = '' }) => onProgress(message) }),
      });
      return whole({ structuredContent, isError, text });
    },
    [Symbol.asyncDispose]: async () => await client[Symbol.asyncDispose](),
  };
}

interface AiSdk {
  createMCPClient(options: { transport: object }): Promise<{
    tools(): Promise<Record<string, { execute(args: object, options: object): Promise<object> }>>;
    close(): Promise<void>;
  }>;
}

async function openAiSdk(path: string, endpoint: Endpoint): Promise<OtherClient> {
  const { createMCPClient } = (await import(pathToFileURL(path).href)) as AiSdk;
  const client = await createMCPClient({ transport: await aiSdkTransport(path, endpoint) });
  const tools = await client.tools();
  return {
    call: async (tool, args, { givenUp } = {}) => {
      const options = { toolCallId: 'call', messages: [], ...(givenUp && { abortSignal: givenUp }) };
      return whole((await tools[tool]?.execute(args, options)) ?? {});
    },
    [Symbol.asyncDispose]: async () => await client.close(),
  };
}

async function aiSdkTransport(path: string, endpoint: Endpoint): Promise<object> {
  if ('url' in endpoint) return { type: 'http', url: endpoint.url, headers: { authorization: `Bearer ${endpoint.token}` } };
  const stdio = (await import(new URL('mcp-stdio/index.js', pathToFileURL(path)).href)) as Record<string, new (options: object) => object>;
  const Transport = stdio['Experimental_StdioMCPTransport'];
  if (Transport === undefined) throw new Error('@ai-sdk/mcp has no transport for stdio.');
  return new Transport({ ...endpoint, stderr: 'ignore' });
}

interface Mcporter {
  createRuntime(options: { servers: object[]; logger: object }): Promise<{
    callTool(server: string, tool: string, options: { args: object; timeoutMs?: number }): Promise<unknown>;
    close(): Promise<void>;
  }>;
}

async function openMcporter(path: string, endpoint: Endpoint): Promise<OtherClient> {
  const { createRuntime } = (await import(pathToFileURL(path).href)) as Mcporter;
  const command =
    'url' in endpoint
      ? { kind: 'http', url: new URL(endpoint.url), headers: { authorization: `Bearer ${endpoint.token}` } }
      : { kind: 'stdio', command: endpoint.command, args: endpoint.args, cwd: process.cwd() };
  const env = 'url' in endpoint ? {} : { env: endpoint.env };
  const silent = { info() {}, warn() {}, error() {}, debug() {} };
  const runtime = await createRuntime({ servers: [{ name: 'errand', command, ...env }], logger: silent });
  return {
    call: async (tool, args, { giveUpAfterMs } = {}) =>
      whole((await runtime.callTool('errand', tool, { args, ...(giveUpAfterMs !== undefined && { timeoutMs: giveUpAfterMs }) })) as object),
    [Symbol.asyncDispose]: async () => await runtime.close(),
  };
}

/** What a tool answered in `structuredContent`. @throws Error with what it said where it is an error. */
function whole(result: object): Record<string, unknown> {
  const { structuredContent, isError } = result as { structuredContent?: Record<string, unknown>; isError?: boolean };
  if (isError === true || structuredContent === undefined) throw new Error(JSON.stringify(result));
  return structuredContent;
}
