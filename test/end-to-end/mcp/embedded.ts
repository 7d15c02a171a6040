import type { McpServerLike, RegisteredTool } from '@errand/mcp-adapter';
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport as TransportV1 } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer as ServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpServer as ServerV2, InMemoryTransport as TransportV2 } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { type TestClient, toTestClient } from './clients.ts';

const NAMED = { name: 'test', version: '1.0.0' };
const CONFIG = { inputSchema: z.object({}) };

/** Somebody's own server, to which a client can be connected in memory. */
export interface Embedding {
  readonly server: McpServerLike;
  /** Adds a tool that is not Errand's and answers with its name. */
  addTool(name: string): RegisteredTool;
  connect(): Promise<TestClient>;
}

function embeddingV1(): Embedding {
  const server = new ServerV1(NAMED);
  return {
    server,
    addTool: (name) => server.registerTool(name, CONFIG, () => ({ content: [{ type: 'text', text: name }] })),
    connect: async () => {
      const [clientSide, serverSide] = TransportV1.createLinkedPair();
      const client = new ClientV1(NAMED);
      await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
      return toTestClient(client);
    },
  };
}

function embeddingV2(): Embedding {
  const server = new ServerV2(NAMED);
  return {
    server,
    addTool: (name) => server.registerTool(name, CONFIG, () => ({ content: [{ type: 'text', text: name }] })),
    connect: async () => {
      const [clientSide, serverSide] = TransportV2.createLinkedPair();
      const client = new ClientV2(NAMED);
      await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
      return toTestClient(client);
    },
  };
}

/** A maker for each generation of the SDK. */
export const EMBEDDINGS: Readonly<Record<'v1' | 'v2', () => Embedding>> = { v1: embeddingV1, v2: embeddingV2 };
