import type { Tool } from '../tool.ts';
import { listDirectoryTool } from '../tools/list-directory.ts';
import { readFileTool } from '../tools/read-file.ts';
import { writeFileTool } from '../tools/write-file.ts';
import { allows, filesOf } from './allowed-files.ts';
import type { FileToolParts } from './file-call.ts';

/** Those tools about files that some target allows. */
export function fileTools(parts: FileToolParts): readonly Tool[] {
  const allowed = parts.targets.all.map((target) => filesOf(target, parts.options.files));
  const some = (wanted: 'read' | 'write'): boolean => allowed.some((one) => allows(one, wanted));
  return [
    ...(some('read') ? [readFileTool(parts)] : []),
    ...(some('write') ? [writeFileTool(parts)] : []),
    ...(some('read') ? [listDirectoryTool(parts)] : []),
  ];
}
