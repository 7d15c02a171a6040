import { readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type { Place } from '../config/fault.ts';
import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';

/** Another program's YAML file: its values as text, as they are written there, and where each of them stands. */
export interface SourceFile {
  readonly value: unknown;
  placeOf(path: readonly PropertyKey[]): Place;
}

/** @throws UsageError when it cannot be read, or is no YAML */
export function readSource(file: string): SourceFile {
  const lines = new LineCounter();
  // `8080` and `yes` are text, where a program takes text.
  const document = parseDocument(textOf(file), { schema: 'failsafe', merge: true, lineCounter: lines, prettyErrors: false });
  const [fault] = document.errors;
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new UsageError(`${file}:${line}:${col}: ${fault.message}.`);
  }
  return {
    value: document.toJS(),
    placeOf: (path) => {
      const { line, col } = lines.linePos(nearest(document.contents, path));
      return { line: Math.max(1, line), column: Math.max(1, col) };
    },
  };
}

/** The offset of the key or of the list's item at this path, or of what is nearest around it. */
function nearest(contents: ParsedNode | null, path: readonly PropertyKey[]): number {
  let node: unknown = contents;
  let offset = 0;
  for (const part of path) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === part) : undefined;
    const next: unknown = pair
      ? pair.value
      : isNode(node) && 'get' in node && typeof node.get === 'function'
        ? node.get(part, true)
        : undefined;
    const at = pair?.key ?? next;
    if (!isNode(at)) return offset;
    offset = at.range?.[0] ?? offset;
    node = next;
  }
  return offset;
}

function textOf(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof TypeError ? 'is no text in UTF-8' : `cannot be read: ${messageOf(error)}`}.`);
  }
}
