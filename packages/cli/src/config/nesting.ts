import { type CST, Parser } from 'yaml';
import type { Place } from './fault.ts';

/**
 * Where mappings and lists first stand in more than `max` others. What composes and walks a document calls itself for each level, so
 * this comes before.
 */
export function tooDeep(text: string, max: number): Place | undefined {
  for (const token of new Parser().parse(text)) {
    const left: [CST.Token, number][] = [[token, 0]];
    for (let next = left.pop(); next; next = left.pop()) {
      const [at, depth] = next;
      const inner = innerOf(at);
      if (inner && depth >= max) return placeIn(text, at.offset);
      const below = at.type === 'document' ? 0 : depth + 1;
      for (const each of inner ?? []) left.push([each, below]);
    }
  }
  return undefined;
}

/** The last first; undefined where there can be none. */
function innerOf(token: CST.Token): readonly CST.Token[] | undefined {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return undefined;
  return token.items.toReversed().flatMap(({ key, value }) => [value, key].filter((each) => each !== undefined && each !== null));
}

function placeIn(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
