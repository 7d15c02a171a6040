/** More than that are a mistake in a pattern. */
const MAX_HOSTS = 10_000;
const TOO_MANY = `stands for too many hosts. Allowed: at most ${MAX_HOSTS.toLocaleString('en')}.`;

interface Range {
  readonly length: number;
  readonly at: (i: number) => string;
}

/**
 * The hosts that `web[01-40].prod`, `db[1,3,7-9]` or `rack[a-c]n[1-4]` stand for, or what is wrong with the pattern. Numbers keep the
 * width of a range's first one: `[08-10]` is 08, 09, 10.
 */
export function expandHosts(pattern: string): readonly string[] | string {
  const [, before, inner, after] = /^([^[\]]*)\[([^[\]]*)\](.*)$/s.exec(pattern) ?? [];
  if (before === undefined || inner === undefined || after === undefined)
    return /[[\],]/.test(pattern) ? 'has a bracket without its other half. Allowed: such as web[01-40].prod.' : [pattern];
  const words = wordsOf(inner);
  if (typeof words === 'string') return words;
  const ends = expandHosts(after);
  if (typeof ends === 'string') return ends;
  if (words.length * ends.length > MAX_HOSTS) return TOO_MANY;
  return words.flatMap((word) => ends.map((end) => `${before}${word}${end}`));
}

function wordsOf(inner: string): string[] | string {
  const words: string[] = [];
  for (const part of inner.split(',')) {
    const range = rangeOf(part);
    if (!range || range.length < 1) return 'has a range that is none. Allowed: such as [01-40], [1,3,7-9] or [a-f], the smaller one first.';
    if (words.length + range.length > MAX_HOSTS) return TOO_MANY;
    for (let i = 0; i < range.length; i += 1) words.push(range.at(i));
  }
  return words;
}

function rangeOf(part: string): Range | undefined {
  if (/^[A-Za-z0-9]+$/.test(part)) return { length: 1, at: () => part };
  const [, first, last] = /^(\d{1,15})-(\d{1,15})$/.exec(part) ?? [];
  if (first !== undefined && last !== undefined) {
    const at = (i: number): string => String(Number(first) + i).padStart(first.length, '0');
    return { length: Number(last) - Number(first) + 1, at };
  }
  const [, from, to] = /^([a-z])-([a-z])$/.exec(part) ?? [];
  if (from === undefined || to === undefined) return undefined;
  return { length: to.charCodeAt(0) - from.charCodeAt(0) + 1, at: (i) => String.fromCharCode(from.charCodeAt(0) + i) };
}
