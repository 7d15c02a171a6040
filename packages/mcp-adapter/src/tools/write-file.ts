import { z } from 'zod';
import { decoded } from '../decoded.ts';
import { toErrorResult } from '../error-result.ts';
import { type FileToolParts, withFiles } from '../files/file-call.ts';
import type { OwnTool } from '../tool.ts';
import { ENCODING, PATH, TARGET } from './fields.ts';
import { toolInput } from './tool-input.ts';

const inputSchema = toolInput({
  path: PATH,
  target: TARGET,
  content: z.string().describe('All of it.'),
  encoding: ENCODING,
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'is no mode. Allowed: three octal digits, such as 0644')
    .optional()
    .meta({ description: 'Of a new file, such as 0755; an old one keeps its own.', pattern: undefined }),
});

/** The tool that writes files whole. */
export function writeFileTool(parts: FileToolParts): OwnTool {
  return {
    name: 'write_file',
    title: 'Write a file',
    description: 'Writes a whole file or nothing; its directory must exist.',
    inputSchema,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    run: async (args, call) => {
      const { path, target: name, content, encoding, mode } = inputSchema.parse(args);
      try {
        const bytes = decoded('content', content, encoding);
        return await withFiles(parts, { target: name, wanted: 'write', call }, async (files, signal, { executor }) => {
          await files.write(path, bytes, { signal, ...(mode !== undefined && { mode: Number.parseInt(mode, 8) }) });
          const structuredContent = { path, target: executor.name, written_bytes: bytes.length };
          return { content: [{ type: 'text', text: `${executor.name}: ${bytes.length} bytes were written` }], structuredContent };
        });
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}
