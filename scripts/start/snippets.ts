import { resolve } from 'node:path';
import { quote } from '@errand/core';
import type { Endpoint } from './serving.ts';

/** What to tell an MCP client: of this server, or of one that the client starts itself. The token stays in its file. */
export function snippets({ url, tokenFile }: Endpoint, program: string): string {
  const http = { type: 'http', url, headers: { Authorization: 'Bearer ${ERRAND_TOKEN}' } };
  const stdio = { command: process.execPath, args: [resolve(program), 'serve', '--stdio'] };
  return `An MCP client that starts its servers itself needs no token:

${toJson(stdio)}

One that connects to this server takes the token from its environment:

export ERRAND_TOKEN="$(cat ${quote(tokenFile)})"

${toJson(http)}

Serving at ${url} until Ctrl-C.`;
}

function toJson(server: object): string {
  return JSON.stringify({ mcpServers: { errand: server } }, undefined, 2);
}
