import { type Alias, type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair, Scalar, visit } from 'yaml';

/** What is around a part of a document, the document first. */
export type Steps = readonly (Node | Document | Pair)[];

/** A part of a document that is wrong. */
export interface Wrong {
  readonly steps: Steps;
  readonly part: Node | Pair;
  /** Whose place is told. */
  readonly at: unknown;
  readonly message: string;
}

/** The parser makes of these what no schema knows. */
const TAGS = /^tag:yaml\.org,2002:(set|omap|pairs|binary|timestamp|merge)$/;

/** Finds what YAML allows and no configuration can have, and takes it out, so that the rest can be read. */
export function mend(document: Document): Wrong[] {
  const found: Wrong[] = [];
  visit(document, {
    Pair: (_, pair, steps) => {
      // The parser has told it.
      if (!isScalar(pair.key)) return visit.REMOVE;
      const wrong = wrongMerge(document, pair, steps);
      if (!wrong) return undefined;
      found.push({ steps, part: pair, ...wrong });
      return visit.REMOVE;
    },
    Alias: (_, alias, steps) => {
      const message = wrongAlias(document, alias, steps);
      if (message === undefined) return undefined;
      found.push({ steps, part: alias, at: alias, message });
      return emptyFor(alias);
    },
    Value: (_, node, steps) => {
      const [, tag] = TAGS.exec(node.tag ?? '') ?? [];
      if (tag === undefined) return undefined;
      found.push({ steps, part: node, at: node, message: `has the tag !!${tag}. Allowed: none.` });
      return emptyFor(node);
    },
  });
  return found;
}

function wrongMerge(document: Document, { key, value }: Pair, steps: Steps): Pick<Wrong, 'at' | 'message'> | undefined {
  if (!isScalar(key) || key.value !== '<<' || key.type !== Scalar.PLAIN) return undefined;
  const outer = isAlias(value) ? value.resolve(document) : value;
  for (const source of [value, ...(isSeq(outer) ? outer.items : [])]) {
    const message = isAlias(source) ? wrongAlias(document, source, steps) : undefined;
    if (message !== undefined) return { at: source, message };
    const resolved = isAlias(source) ? source.resolve(document) : source;
    if (!isMap(resolved) && (source !== value || !isSeq(resolved)))
      return { at: source ?? key, message: 'brings in what is no mapping. Allowed: a mapping, or a list of mappings.' };
  }
  return undefined;
}

function wrongAlias(document: Document, alias: Alias, steps: Steps): string | undefined {
  const named = alias.resolve(document);
  if (!named) return `there is no anchor &${alias.source} above.`;
  return steps.some((step) => !isPair(step) && step === named) ? `*${alias.source} stands in what it names.` : undefined;
}

/** At its place; aliases of it stand for nothing too. */
function emptyFor(node: Node): Node {
  const empty = new Scalar(null);
  if (node.range) empty.range = node.range;
  if ('anchor' in node && node.anchor !== undefined) empty.anchor = node.anchor;
  return empty;
}
