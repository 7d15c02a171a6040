import { Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { type Fault, type Place, pathText } from './fault.ts';
import { mend, type Steps, type Wrong } from './mend-yaml.ts';
import { tooDeep } from './nesting.ts';
import { fillIn, type PlaceholderSources } from './placeholders.ts';

/** Of mappings and lists in each other; a configuration has ten. */
const MAX_DEPTH = 100;
/** What stands behind another fault of the syntax may be anything. */
const READABLE = ['DUPLICATE_KEY', 'NON_STRING_KEY'];

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
    const deep = tooDeep(text, MAX_DEPTH);
    const options = { lineCounter: this.#lines, merge: true, prettyErrors: false, stringKeys: true } as const;
    this.#document = deep === undefined ? parseDocument(text, options) : new Document();
    const { errors, warnings } = this.#document;
    const syntax = [...errors, ...warnings].map(({ pos: [offset], code, message }) => this.#fault(offset, code, message));
    this.isBroken = deep !== undefined || errors.some(({ code }) => !READABLE.includes(code));
    if (deep !== undefined) syntax.push({ ...deep, path: '', message: `is nested too deeply. Allowed: ${MAX_DEPTH} levels.` });
    this.faults = this.isBroken
      ? syntax
      : [...syntax, ...mend(this.#document).map((wrong) => this.#wrong(wrong)), ...this.#fillIn(sources)];
    try {
      this.value = this.isBroken ? undefined : this.#document.toJS();
    } catch (error) {
      // Aliases of aliases that would fill the memory.
      this.isBroken = true;
      this.faults = [...this.faults, this.#fault(0, '', String(error))];
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
  #fillIn(sources: PlaceholderSources): Fault[] {
    const faults: Fault[] = [];
    visit(this.#document, (key, node, steps) => {
      if (!isScalar(node) || typeof node.value !== 'string') return;
      const add = (message: string): void => void faults.push(this.#wrong({ steps, part: node, at: node, message }));
      if (key === 'key') {
        // JavaScript would lose it.
        if (node.value === '__proto__') add('is no name. Allowed: any but this one.');
        return;
      }
      const filled = fillIn(node.value, sources);
      if (!('text' in filled)) return add(filled.fault);
      if (filled.text !== node.value) this.#filledIn.add(node);
      node.value = filled.text;
    });
    return faults;
  }

  #wrong({ steps, part, at, message }: Wrong): Fault {
    return { ...this.#placeOf(at), path: pathText(pathOf([...steps, part])), message };
  }

  /** The parser's own words, as a sentence. */
  #fault(offset: number, code: string, message: string): Fault {
    const text = code === 'NON_STRING_KEY' ? 'a key is no text. Allowed: names' : message.replace(/^\w*Error: /, '');
    return { ...this.#at(offset), path: '', message: `${text}${/[.!]$/.test(text) ? '' : '.'}` };
  }
}

function pathOf(steps: Steps): PropertyKey[] {
  return steps.flatMap((step, i): PropertyKey[] => {
    const next = steps[i + 1];
    if (isPair(step) && isScalar(step.key)) return [String(step.key.value)];
    return isSeq(step) && next !== undefined ? [step.items.indexOf(next)] : [];
  });
}
