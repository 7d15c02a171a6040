import { Client as ClientV2, StreamableHTTPClientTransport as HttpTransportV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioTransportV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioTransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpTransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport as TransportV1 } from '@modelcontextprotocol/sdk/shared/transport.js';

/** An SDK's client and the revision that it speaks. */
export type Generation = 'v1' | keyof typeof V2_MODES;

const V2_MODES = {
  'v2 of 2025': 'legacy',
  'v2 of 2026-07-28': { pin: '2026-07-28' },
  'v2 that negotiates': 'auto',
} as const;

export const GENERATIONS: readonly Generation[] = ['v1', 'v2 of 2025', 'v2 of 2026-07-28'];

/** What a client connects to: the URL and token of a server that listens, or the command line of one to be started. */
export type Endpoint =
  | { readonly url: string; readonly token: string }
  | { readonly command: string; readonly args: string[]; readonly env: Record<string, string> };

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: { readonly progress: number; readonly message?: string | undefined }) => void;
}

/** What a tool answered, as tests look at it. */
export interface Answer {
  readonly text: string;
  readonly structuredContent: Record<string, unknown> | undefined;
  readonly isError: boolean;
  readonly meta: Record<string, unknown>;
  readonly content: readonly object[];
}

/** A client of any generation, all used in the same way. */
export interface TestClient extends AsyncDisposable {
  /** For what is no tool. */
  readonly sdk: ClientV1 | ClientV2;
  call(tool: string, args?: Record<string, unknown>, options?: CallOptions): Promise<Answer>;
  tools(): Promise<readonly { readonly name: string; readonly description?: string | undefined }[]>;
  readonly instructions: string | undefined;
  /** The revision that was agreed on; SDK v1 does not tell. */
  readonly revision: string | undefined;
  /** Of the server that a stdio client started. */
  readonly serverPid: number | undefined;
  /** What that server wrote to stderr so far. */
  log(): string;
}

/** Connects. A stdio client starts its server, and ends it when it is disposed. `onToolsChanged` is called when the server says so. */
export async function connect(generation: Generation, endpoint: Endpoint, onToolsChanged?: () => void): Promise<TestClient> {
  const listChanged = onToolsChanged && { tools: { autoRefresh: false, debounceMs: 0, onChanged: () => onToolsChanged() } };
  if (generation === 'v1') {
    const transport =
      'url' in endpoint ? new HttpTransportV1(new URL(endpoint.url), headers(endpoint)) : new StdioTransportV1(piped(endpoint));
    const client = new ClientV1({ name: 'test', version: '1.0.0' }, { ...(listChanged && { listChanged }) });
    const log = collect(transport);
    // Under exactOptionalPropertyTypes v1's own HTTP transport does not meet its interface.
    await client.connect(transport as TransportV1);
    return toTestClient(client, transport, log);
  }
  const transport =
    'url' in endpoint ? new HttpTransportV2(new URL(endpoint.url), headers(endpoint)) : new StdioTransportV2(piped(endpoint));
  const client = new ClientV2(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: V2_MODES[generation] }, ...(listChanged && { listChanged }) },
  );
  const log = collect(transport);
  await client.connect(transport);
  return toTestClient(client, transport, log);
}

/** A client that is connected already, e.g. through linked transports in memory. */
export function toTestClient(client: ClientV1 | ClientV2, transport?: object, log: () => string = () => ''): TestClient {
  return {
    sdk: client,
    call: async (name, args = {}, options = {}) => toAnswer(await callTool(client, { name, arguments: args }, options)),
    tools: async () => (await client.listTools()).tools,
    get instructions() {
      return client.getInstructions();
    },
    get revision() {
      return client instanceof ClientV2 ? client.getNegotiatedProtocolVersion() : undefined;
    },
    get serverPid() {
      return transport !== undefined && 'pid' in transport && typeof transport.pid === 'number' ? transport.pid : undefined;
    },
    log,
    [Symbol.asyncDispose]: async () => {
      if (transport instanceof HttpTransportV1 || transport instanceof HttpTransportV2) await transport.terminateSession().catch(() => {});
      await client.close();
    },
  };
}

async function callTool(
  client: ClientV1 | ClientV2,
  params: { name: string; arguments: Record<string, unknown> },
  options: CallOptions,
): Promise<object> {
  return client instanceof ClientV1 ? await client.callTool(params, undefined, options) : await client.callTool(params, options);
}

function toAnswer(result: object): Answer {
  const {
    content = [],
    structuredContent,
    isError = false,
    _meta = {},
  } = result as {
    content?: { type: string; text?: string }[];
    structuredContent?: Record<string, unknown>;
    isError?: boolean;
    _meta?: Record<string, unknown>;
  };
  return { text: content.map(({ text = '' }) => text).join('\n'), structuredContent, isError, meta: _meta, content };
}

function headers({ token }: { readonly token: string }): { requestInit: RequestInit } {
  return { requestInit: { headers: { authorization: `Bearer ${token}` } } };
}

function piped<T extends object>(endpoint: T): T & { stderr: 'pipe' } {
  return { ...endpoint, stderr: 'pipe' };
}

function collect(transport: object): () => string {
  let log = '';
  if ('stderr' in transport) {
    (transport.stderr as NodeJS.ReadableStream | null)?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  return () => log;
}
