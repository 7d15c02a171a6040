import type { z } from 'zod';
import type { Call } from './call.ts';
import type { ToolName } from './tool-names.ts';

/** A part of an answer. */
export type ToolContent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image' | 'audio'; readonly data: string; readonly mimeType: string }
  | { readonly type: 'resource'; readonly resource: { readonly uri: string; readonly mimeType: string; readonly blob: string } };

/** What a tool answers; both SDK generations take it as it is. */
export type ToolResult = {
  readonly content: ToolContent[];
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
  readonly name: string;
  /** None where the name says it. */
  readonly title?: string;
  readonly description: string;
  readonly inputSchema: z.ZodObject;
  /** None where the names of the few fields say all: a model reads every schema. */
  readonly outputSchema?: z.ZodObject;
  readonly annotations: ToolAnnotations;
  /** Never rejects for a fault of the caller: that is an `isError` result. */
  run(args: Record<string, unknown>, call: Call): Promise<ToolResult>;
}

/** One of Errand's own. */
export interface OwnTool extends Tool {
  readonly name: ToolName;
}
