import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What the checks read of a package.json. */
export interface Workspace {
  /** Its folder, relative to the repository's root. */
  readonly folder: string;
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

export function readWorkspace(folder: string): Workspace {
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifest;
  return {
    folder,
    name: manifest.name,
    exports: manifest.exports ?? {},
    bin: manifest.bin ?? {},
    dependencies: Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }),
    devDependencies: Object.keys(devDependencies ?? {}),
  };
}

/** The packages of this repository, the root left out. */
export function packages(): Workspace[] {
  return globSync('packages/*/package.json')
    .sort()
    .map((path) => readWorkspace(dirname(path)));
}
