import type { FileInfo } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { toErrorResult } from '../error-result.ts';
import { type FileToolParts, withFiles } from '../files/file-call.ts';
import { base64Page, type ReadRaw, type ShownPage, textPage } from '../jobs/output/text-page.ts';
import type { OwnTool, ToolResult } from '../tool.ts';
import { DEFAULT_OUTPUT_BYTES, ENCODING, OFFSET, PAGE_BYTES, PATH, TARGET } from './fields.ts';
import { pageLines } from './page-lines.ts';
import { toolInput } from './tool-input.ts';

const inputSchema = toolInput({ path: PATH, target: TARGET, offset: OFFSET, max_bytes: PAGE_BYTES, encoding: ENCODING });

/** The tool that reads files, page by page. */
export function readFileTool(parts: FileToolParts): OwnTool {
  return {
    name: 'read_file',
    title: 'Read a file',
    description: 'Reads a file, page by page.',
    inputSchema,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    run: async (args, call) => {
      const {
        path,
        target: name,
        offset: asked = 0,
        max_bytes: maxBytes = DEFAULT_OUTPUT_BYTES,
        encoding = 'text',
      } = inputSchema.parse(args);
      try {
        return await withFiles(parts, { target: name, wanted: 'read', call }, async (files, signal, { executor }) => {
          const info = await files.stat(path, { signal });
          const offset = asked < 0 ? Math.max(0, info.sizeBytes + asked) : asked;
          const read: ReadRaw = async (at, lengthBytes) => {
            const bytes = Buffer.from(await files.read(path, { offset: at, lengthBytes, signal }));
            return { offset: at, bytes, isLast: bytes.length < lengthBytes };
          };
          const page = await (encoding === 'base64' ? base64Page(read, offset, maxBytes) : textPage(read, offset, maxBytes));
          if (offset > info.sizeBytes && page.nextOffset <= offset)
            throw invalidOption('offset', `${offset} is behind the end`, `0 … ${info.sizeBytes}, or -n for the last n bytes`);
          return toResult({ path, target: executor.name, encoding }, page, info);
        });
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}

function toResult(
  { path, target, encoding }: { readonly path: string; readonly target: string; readonly encoding: 'text' | 'base64' },
  page: ShownPage,
  { sizeBytes, modifiedAt }: FileInfo,
): ToolResult {
  const { offset, nextOffset, data, invalidUtf8 } = page;
  // What tells no size, as in /proc, and what grew meanwhile, has more.
  const total = Math.max(sizeBytes, nextOffset);
  const left = total - nextOffset;
  const structuredContent = {
    path,
    target,
    data,
    offset,
    next_offset: nextOffset,
    total_bytes: total,
    at_end: left === 0,
    modified_at: modifiedAt.toISOString(),
    ...(invalidUtf8 && { invalid_utf8: true }),
  };
  const where = left === 0 ? ', which is the end' : `; ${left} bytes follow: next_offset: ${nextOffset}`;
  const lines = [
    `${target}: bytes ${offset} to ${nextOffset} of ${total}${where}; modified ${structuredContent.modified_at}`,
    ...pageLines(page, encoding),
  ];
  return { content: [{ type: 'text', text: lines.join('\n') }], structuredContent };
}
