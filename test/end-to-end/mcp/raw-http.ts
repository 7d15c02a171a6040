import { request } from 'node:http';

interface Server {
  readonly url: string;
  readonly token: string;
}

/** A response, whole. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const ACCEPT = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };

/** Sends any request, with any headers and path: `fetch` lets nobody choose Host, and tidies paths. */
export function send(
  url: string,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string | Buffer; chunked?: boolean } = {},
): Promise<RawResponse> {
  const { method = 'POST', headers = {}, body = '', chunked = false, path } = options;
  return new Promise((resolve, reject) => {
    const length = chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = request(
      url,
      { method, agent: false, headers: { ...ACCEPT, ...length, ...headers }, ...(path !== undefined && { path }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends one message of a 2025-era client, to be aborted as a connection that breaks. */
export async function post({ url, token }: Server, session: string | undefined, message: object, signal?: AbortSignal): Promise<Response> {
  return await fetch(url, {
    method: 'POST',
    headers: { ...ACCEPT, authorization: `Bearer ${token}`, ...(session !== undefined && { 'mcp-session-id': session }) },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    ...(signal !== undefined && { signal }),
  });
}

/** What a 2025-era client sends first. */
export const INITIALIZE = {
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1.0.0' } },
};

/** Opens a session of a 2025-era client and gives its id. */
export async function openSession(server: Server): Promise<string> {
  const response = await post(server, undefined, INITIALIZE);
  await response.text();
  const session = response.headers.get('mcp-session-id');
  if (session === null) throw new Error(`No session was opened: ${response.status}`);
  await (await post(server, session, { method: 'notifications/initialized' })).text();
  return session;
}

/** A call of run_command. */
export function runCommand(id: number, args: Record<string, unknown>): object {
  return { id, method: 'tools/call', params: { name: 'run_command', arguments: args } };
}
