/** What `ssh -G` printed. */
export interface Settings {
  /** The first value of a keyword. `undefined` where it is not there, or `none`. */
  text(keyword: string): string | undefined;
  /** Every value of a keyword that has a line for each, without `none`. */
  all(keyword: string): readonly string[];
  /** The first value as it stands. */
  raw(keyword: string): string | undefined;
}

/** A keyword a line, in lower case, then its value up to the end of the line, without quotes. */
export function parseSettings(output: string): Settings {
  const values = new Map<string, string[]>();
  for (const line of output.split(/\r?\n/)) {
    const [, keyword, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (keyword === undefined || value === undefined) continue;
    const name = keyword.toLowerCase();
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  const all = (keyword: string): string[] => (values.get(keyword) ?? []).filter((value) => value.toLowerCase() !== 'none');
  return { text: (keyword) => all(keyword)[0], all, raw: (keyword) => values.get(keyword)?.[0] };
}
