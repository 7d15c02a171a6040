/**
 * Puts a suite's results into the page: between the marks `<!-- local -->` and `<!-- /local -->`, or at its end where it has none.
 * Everything else on the page stays.
 */
export function withResults(page: string, suite: string, results: string): string {
  const begin = `<!-- ${suite} -->`;
  const end = `<!-- /${suite} -->`;
  const section = `${begin}\n${results.trim()}\n${end}`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) return `${page.trimEnd()}\n\n## ${suite}\n\n${section}\n`;
  return page.slice(0, from) + section + page.slice(to + end.length);
}
