import { readFileSync } from 'node:fs';
import { packages, readWorkspace } from './workspaces.ts';

const page = 'docs/dependencies.md';

/** Dependencies without a line in docs/dependencies.md, and lines there without a dependency. A line begins "- `name`". */
export async function dependencyFaults(): Promise<string[]> {
  const workspaces = [readWorkspace('.'), ...packages()];
  const ours = new Set(workspaces.map(({ name }) => name));
  const wanted = new Set(
    workspaces.flatMap(({ dependencies, devDependencies }) => [...dependencies, ...devDependencies]).filter((name) => !ours.has(name)),
  );
  const told = new Set([...readFileSync(page, 'utf8').matchAll(/^- `([^`]+)`/gm)].map(([, name = '']) => name));
  return [
    ...[...wanted.difference(told)].map((name) => `${page} has no line for ${name}: say why it is needed`),
    ...[...told.difference(wanted)].map((name) => `${page} names ${name}, which no package.json depends on`),
  ];
}
