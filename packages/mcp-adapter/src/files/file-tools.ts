import type { OwnTool } from '../tool.ts';
import { listDirectoryTool } from '../tools/list-directory.ts';
import { readFileTool } from '../tools/read-file.ts';
import { writeFileTool } from '../tools/write-file.ts';
import type { FileToolParts } from './file-call.ts';

/** The tools about files. */
export function fileTools(parts: FileToolParts): readonly OwnTool[] {
  return [readFileTool(parts), writeFileTool(parts), listDirectoryTool(parts)];
}
