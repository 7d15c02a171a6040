import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Dialect, ToolCall } from './dialects.ts';

/** Plays the API of a model, on this machine: hosts want one, and none is what these tests are about. */
export interface PlayedModel extends AsyncDisposable {
  readonly url: string;
  /** What the host's tools answered to its calls, as the host handed it on. */
  readonly answers: readonly string[];
  /** What of a host's requests it was offered. */
  readonly offered: ReadonlySet<string>;
}

/** Calls one tool after another in a conversation that is offered the first of them, and says a few words in any other. */
export async function playModel(dialect: Dialect, calls: readonly ToolCall[]): Promise<PlayedModel> {
  const answers: string[] = [];
  const offered = new Set<string>();
  let count = 0;

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(incoming);
    if (!dialect.path.test(incoming.url ?? '')) {
      response.writeHead(404).end();
      return;
    }
    const request = JSON.parse(body) as never;
    const tools = dialect.offered(request);
    for (const tool of tools) offered.add(tool);
    const known = dialect.answers(request).map((part) => JSON.stringify(part));
    if (known.length > answers.length) answers.splice(0, answers.length, ...known);
    const call = tools.includes(calls[0]?.tool ?? '') ? calls[known.length] : undefined;
    count += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(dialect.events(call, count).map(asEvent).join(''));
  }

  const server = createServer((incoming, response) => void answer(incoming, response).catch((fault: Error) => response.destroy(fault)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answers,
    offered,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function asEvent(data: object): string {
  const name = 'type' in data ? `event: ${data.type}\n` : '';
  return `${name}data: ${JSON.stringify(data)}\n\n`;
}
