import type { FileInfo } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { toErrorResult } from '../error-result.ts';
import { type FileToolParts, withFiles } from '../files/file-call.ts';
import { harmless } from '../harmless.ts';
import type { OwnTool, ToolResult } from '../tool.ts';
import { CURSOR, PATH, TARGET } from './fields.ts';
import { toolInput } from './tool-input.ts';

const PAGE_SIZE = 100;

const inputSchema = toolInput({ path: PATH, target: TARGET, cursor: CURSOR });

/** The tool that tells what is in a directory. */
export function listDirectoryTool(parts: FileToolParts): OwnTool {
  return {
    name: 'list_directory',
    title: 'List a directory',
    description: `Lists a directory, ${PAGE_SIZE} names a page.`,
    inputSchema,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    run: async (args, call) => {
      const { path, target: name, cursor } = inputSchema.parse(args);
      try {
        const after = cursor === undefined ? undefined : decodeCursor(cursor);
        return await withFiles(parts, { target: name, wanted: 'read', call }, async (files, signal, { executor }) => {
          const all = (await files.list(path, { signal })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
          return toResult(
            { path, target: executor.name, total: all.length },
            all.filter((info) => after === undefined || info.name > after),
          );
        });
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}

interface Listed {
  readonly path: string;
  readonly target: string;
  readonly total: number;
}

function toResult({ path, target, total }: Listed, left: readonly FileInfo[]): ToolResult {
  const page = left.slice(0, PAGE_SIZE);
  const last = page.at(-1);
  const next = left.length > PAGE_SIZE && last !== undefined ? encodeCursor(last.name) : undefined;
  const lines = [`${target}: ${page.length} of ${total}: type, mode, bytes, modified, name`, ...page.map(toLine)];
  if (next !== undefined) lines.push(`There are more: next_cursor is ${next}`);
  const structuredContent = {
    path,
    target,
    total_entries: total,
    entries: page.map(toEntry),
    ...(next !== undefined && { next_cursor: next }),
  };
  return { content: [{ type: 'text', text: lines.join('\n') }], structuredContent };
}

/** A name is shown so that a terminal obeys none of it; then the one that the file has is there, too. */
function toEntry({ name, type, sizeBytes, mode, modifiedAt }: FileInfo): Record<string, unknown> {
  const shown = shownName(name);
  return {
    name: shown,
    ...(shown !== name && { exact_name: name }),
    type,
    size_bytes: sizeBytes,
    mode: octal(mode),
    modified_at: modifiedAt.toISOString(),
  };
}

function toLine({ name, type, sizeBytes, mode, modifiedAt }: FileInfo): string {
  return `${type} ${octal(mode)} ${sizeBytes} ${modifiedAt.toISOString()} ${shownName(name)}`;
}

function shownName(name: string): string {
  return harmless(name).text.replaceAll('\n', '\u240a').replaceAll('\r', '\u240d');
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function encodeCursor(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function decodeCursor(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  if (cursor === '' || encodeCursor(name) !== cursor) throw invalidOption('cursor', 'not one of ours', 'next_cursor of the page before');
  return name;
}
