import type { Tool, ToolResult } from './tool.ts';

/** A tool that answers by `content` alone: for clients that hand a model the same twice otherwise. */
export function contentOnly({ outputSchema: _, ...tool }: Tool): Tool {
  return { ...tool, run: async (args, call) => withoutStructure(await tool.run(args, call)) };
}

function withoutStructure({ structuredContent: _, ...result }: ToolResult): ToolResult {
  return result;
}
