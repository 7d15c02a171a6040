import type { z } from 'zod';
import type { V1Context, V2Context } from './call.ts';
import type { Tool, ToolAnnotations, ToolResult } from './tool.ts';

/** The part of an `McpServer` that is used; those of `@modelcontextprotocol/sdk` (v1) and of `@modelcontextprotocol/server` (v2) have it. */
export interface McpServerLike {
  registerTool(
    name: string,
    config: {
      title?: string;
      description: string;
      inputSchema: Tool['inputSchema'];
      outputSchema?: z.ZodObject;
      annotations: ToolAnnotations;
    },
    callback: (args: Record<string, unknown>, context: V1Context | V2Context) => Promise<ToolResult>,
  ): RegisteredTool;
}

/** What an `McpServer` gives for a tool that it has. */
export interface RegisteredTool {
  remove(): void;
}
