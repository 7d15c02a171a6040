import { existsSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type Import, importsOf } from './imports.ts';
import { packages, type Workspace } from './workspaces.ts';

/**
 * What each package may import besides `node:*` and itself: packages of ours and of others. Whatever is here must also stand in
 * the package's own package.json. A backend's vendor SDK may be imported by its `x-client.ts` alone.
 */
const mayImport: Readonly<Record<string, { readonly packages: readonly RegExp[]; readonly vendor?: RegExp }>> = {
  '@errand/core': { packages: [/^p-queue$/, /^generic-pool$/] },
  '@errand/backend-ssh': { packages: [/^@errand\/core$/, /^cockatiel$/], vendor: /^ssh2$/ },
  '@errand/backend-docker': { packages: [/^@errand\/core$/], vendor: /^dockerode$/ },
  '@errand/backend-k8s': { packages: [/^@errand\/core$/, /^ws$/], vendor: /^@kubernetes\/client-node$/ },
  '@errand/backend-lambda': { packages: [/^@errand\/core$/], vendor: /^@aws-sdk\/client-lambda$/ },
  '@errand/quota': { packages: [/^@errand\/core$/, /^rate-limiter-flexible$/], vendor: /^(ioredis|pg)$/ },
  '@errand/mcp-adapter': {
    packages: [/^@errand\/core$/, /^@modelcontextprotocol\//, /^(@hono\/node-server|hono|jose|rate-limiter-flexible|zod)$/],
  },
  errand: { packages: [/./] },
};

/** Entry points that stand on `node:*` alone, however far one follows their imports. */
const withoutDependencies = ['checks', 'files', 'process', 'frames', 'supervisor', 'testing'].map(
  (name) => `packages/core/src/${name}/index.ts`,
);

/** Breaches of the rules on who may import what, a line each. Tests may import what the root's package.json has. */
export async function importFaults(): Promise<string[]> {
  const all = packages();
  return [...all.flatMap((workspace) => packageFaults(workspace)), ...withoutDependencies.filter(existsSync).flatMap(subpathFaults)];
}

function packageFaults(workspace: Workspace): string[] {
  const sources = globSync(`${workspace.folder}/src/**/*.ts`);
  return sources.flatMap((path) => importsOf(path).flatMap((entry) => describe(path, entry, faultOf(workspace, path, entry))));
}

function describe(path: string, { line, specifier }: Import, fault: string | undefined): string[] {
  return fault ? [`${path}:${line} imports '${specifier}': ${fault}`] : [];
}

function faultOf(workspace: Workspace, path: string, { specifier }: Import): string | undefined {
  const test = path.endsWith('.test.ts');
  if (specifier.startsWith('.')) {
    const inside = join(dirname(path), specifier).startsWith(`${workspace.folder}/`);
    return inside ? undefined : "a package does not reach into another's files; import what the package exports";
  }
  if (specifier.startsWith('node:')) return undefined;
  const name = packageName(specifier);
  if (/\/(src|dist)\//.test(specifier)) return "nobody imports another package's src or dist";
  if (test || name === workspace.name) return undefined;
  if (!workspace.dependencies.includes(name)) return `${name} is not in dependencies of ${workspace.folder}/package.json`;
  return allowedFault(workspace, path, name);
}

function allowedFault(workspace: Workspace, path: string, name: string): string | undefined {
  const rule = mayImport[workspace.name];
  if (!rule) return `scripts/check/import-rules.ts does not say what ${workspace.name} may import`;
  if (rule.vendor?.test(name)) return path.endsWith('-client.ts') ? undefined : "only the backend's x-client.ts imports the vendor";
  return rule.packages.some((pattern) => pattern.test(name))
    ? undefined
    : `${workspace.name} may not import it (scripts/check/import-rules.ts)`;
}

/** Follows the relative imports of an entry point and tells each import on the way that is not `node:*`. */
function subpathFaults(entry: string): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const found of importsOf(path)) {
      if (found.specifier.startsWith('.')) visit(normalize(join(dirname(path), found.specifier)));
      else if (!found.specifier.startsWith('node:')) faults.push(...describe(path, found, `${entry} stands on node:* alone`));
    }
  };
  visit(entry);
  return faults;
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
