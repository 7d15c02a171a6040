/**
 * What to run. A string is shell source for `shell` (`/bin/sh` by default). An array is argv: its first element is the
 * program, and no shell parses any of it again.
 *
 * @example
 * await executor.exec(['git', 'log', '--', fileNameFromSomebodyElse]);
 * await executor.exec('grep -c error *.log | sort -n');
 */
export type Command = string | readonly string[];

/**
 * Quotes one word for any POSIX shell: `quote("it's")` is `'it'\''s'`. A word that needs no quotes is returned as it is.
 *
 * @throws TypeError when the word holds a NUL byte, which no command line can carry.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('A shell word cannot hold a NUL byte.');
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Shell source with every inserted value quoted as one word; an array becomes several words, a number is written out.
 *
 * @example
 * const name = "my file; rm -rf /";
 * await executor.exec(sh`wc -l < ${name}`);        // wc -l < 'my file; rm -rf /'
 * await executor.exec(sh`tar -cf - -- ${names} | gzip`);
 */
export function sh(source: TemplateStringsArray, ...values: readonly ShValue[]): string {
  return source.raw.reduce((text, part, i) => text + quoteValue(values[i - 1]) + part);
}

/** What `sh` can insert. */
export type ShValue = string | number | readonly (string | number)[];

function quoteValue(value: ShValue | undefined): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return quote(String(value));
  if (Array.isArray(value)) return value.map((word) => quote(String(word))).join(' ');
  throw new TypeError(`sh\`…\` takes strings, numbers and arrays of them, not ${value === null ? 'null' : typeof value}.`);
}
