import type { z } from 'zod';
import type { Call } from './call.ts';
import type { ToolName } from './tool-options.ts';

/** What a tool answers; both SDK generations take it as it is. */
export type ToolResult = {
  readonly content: { readonly type: 'text'; readonly text: string }[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: boolean;
  readonly _meta?: Record<string, unknown>;
};

/** Hints for clients, as MCP names them. */
export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** One tool, independent of the server that will offer it. */
export interface Tool {
  /** Without the prefix. */
  readonly name: ToolName;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: z.ZodObject;
  /** None where the names of the few fields say all: a model reads every schema. */
  readonly outputSchema?: z.ZodObject;
  readonly annotations: ToolAnnotations;
  /** Never rejects for a fault of the caller: that is an `isError` result. */
  run(args: Record<string, unknown>, call: Call): Promise<ToolResult>;
}
