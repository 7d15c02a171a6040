import { type Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml';
import { type Fault, type Place, pathText } from './fault.ts';
import { fillIn, type PlaceholderSources } from './placeholders.ts';

type Step = Node | Document | Pair;

/** A YAML file as values, and where in the file each of them stands. */
export class YamlFile {
  /** Of its syntax and of its placeholders. */
  readonly faults: readonly Fault[];
  /** With placeholders filled in; of no worth where it is broken. */
  readonly value: unknown;
  readonly isBroken: boolean;
  readonly #document: Document;
  readonly #lines = new LineCounter();
  /** What placeholders brought. */
  readonly #filledIn = new WeakSet<Node>();

  constructor(text: string, sources: PlaceholderSources) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, merge: true, prettyErrors: false, stringKeys: true });
    const { errors, warnings } = this.#document;
    const syntax = [...errors, ...warnings].map(({ pos: [offset], message }) => this.#fault(offset, message));
    // What stands behind a fault of the syntax may be anything.
    this.isBroken = errors.some(({ code }) => code !== 'DUPLICATE_KEY');
    this.faults = this.isBroken ? syntax : [...syntax, ...this.#check(sources)];
    try {
      this.value = this.#document.toJS();
    } catch (error) {
      // Aliases of aliases that would fill the memory, or of nothing, which was found before.
      this.isBroken = true;
      if (this.faults.length === 0) this.faults = [this.#fault(0, String(error))];
    }
  }

  /** Whether a placeholder brought the value at this path, or a part of it. */
  isFilledIn = (path: readonly PropertyKey[]): boolean => {
    const node = path.reduce<unknown>((parent, part) => this.#child(parent, part)?.value, this.#document.contents);
    const resolved = this.#resolved(node);
    return isNode(resolved) && this.#filledIn.has(resolved);
  };

  /** Where the value at this path stands, or else its key, or the nearest of what is around it. */
  placeOf(path: readonly PropertyKey[], which: 'key' | 'value' = 'value'): Place {
    let node: unknown = this.#document.contents;
    let place: unknown = node;
    for (const part of path) {
      const next = this.#child(node, part);
      if (!next) return this.#placeOf(place);
      place = next.key ?? next.value;
      node = next.value;
    }
    return this.#placeOf(which === 'value' && isNode(node) ? node : place);
  }

  #child(parent: unknown, part: PropertyKey): { readonly key?: unknown; readonly value: unknown } | undefined {
    const node = this.#resolved(parent);
    if (isSeq(node)) {
      const value = node.items[Number(part)];
      return value === undefined ? undefined : { value };
    }
    if (!isMap(node)) return undefined;
    const own = node.items.find(({ key }) => isScalar(key) && key.value === part);
    if (own) return own;
    // What `<<` brings in.
    const merged = node.items.filter(({ key }) => isScalar(key) && key.value === '<<').map(({ value }) => this.#resolved(value));
    for (const source of merged.flatMap((value) => (isSeq(value) ? value.items : [value]))) {
      const found = this.#child(source, part);
      if (found) return found;
    }
    return undefined;
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #placeOf(node: unknown): Place {
    return this.#at(isNode(node) ? (node.range?.[0] ?? 0) : 0);
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    // Before the first line there is none.
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Fills in placeholders. */
  #check(sources: PlaceholderSources): Fault[] {
    const faults: Fault[] = [];
    const add = (node: Node, steps: readonly Step[], message: string): void =>
      void faults.push({ ...this.#placeOf(node), path: pathText(pathOf([...steps, node])), message });
    visit(this.#document, {
      Alias: (_, node, steps) => {
        if (!node.resolve(this.#document)) add(node, steps, `there is no anchor &${node.source} above.`);
      },
      Scalar: (key, node, steps) => {
        if (typeof node.value !== 'string') return;
        if (key === 'key') {
          // JavaScript would lose it.
          if (node.value === '__proto__') add(node, steps, 'is no name. Allowed: any but this one.');
          return;
        }
        const filled = fillIn(node.value, sources);
        if (!('text' in filled)) return add(node, steps, filled.fault);
        if (filled.text !== node.value) this.#filledIn.add(node);
        node.value = filled.text;
      },
    });
    return faults;
  }

  /** The parser's own words, as a sentence. */
  #fault(offset: number, message: string): Fault {
    const text = message.replace(/^\w*Error: /, '');
    return { ...this.#at(offset), path: '', message: `${text}${/[.!]$/.test(text) ? '' : '.'}` };
  }
}

function pathOf(steps: readonly Step[]): PropertyKey[] {
  return steps.flatMap((step, i): PropertyKey[] => {
    const next = steps[i + 1];
    if (isPair(step) && isScalar(step.key)) return [String(step.key.value)];
    return isSeq(step) && next !== undefined ? [step.items.indexOf(next)] : [];
  });
}

function isNode(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
}
