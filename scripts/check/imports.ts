import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';

/** One module that a source file names. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** What a source file imports and re-exports, types too, and `import()` of a literal. */
export function importsOf(path: string): Import[] {
  const source = readFileSync(path, 'utf8');
  const { module, errors } = parseSync(path, source);
  const fault = errors[0];
  if (fault) throw new Error(`${path}: ${fault.message}`);
  const found: { specifier: string; start: number }[] = [];
  for (const entry of module.staticImports) found.push({ specifier: entry.moduleRequest.value, start: entry.start });
  for (const entry of module.staticExports.flatMap((statement) => statement.entries)) {
    if (entry.moduleRequest) found.push({ specifier: entry.moduleRequest.value, start: entry.start });
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"])(.*)\1$/.exec(source.slice(moduleRequest.start, moduleRequest.end))?.[2];
    if (literal) found.push({ specifier: literal, start: moduleRequest.start });
  }
  return found.map(({ specifier, start }) => ({ specifier, line: source.slice(0, start).split('\n').length }));
}
