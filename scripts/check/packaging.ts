import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientFaults } from './client-snippets.ts';
import { runProgram } from './step.ts';
import { packages, type Workspace } from './workspaces.ts';

/**
 * Packs every package as it would be published, looks at the packed files, and installs them into an empty folder, where every
 * entry point must load through `import` and through `require`, and what clients are told to start must answer. Needs `dist`.
 */
export async function packagingFaults(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'errand-packaging-'));
  try {
    const all = packages();
    const pack = await runProgram([
      'npm',
      'pack',
      '--silent',
      '--pack-destination',
      folder,
      ...all.map(({ name }) => `--workspace=${name}`),
    ]);
    if (pack.exitCode !== 0) return [pack.output];
    const tarballs = globSync(join(folder, '*.tgz'));
    const faults = await Promise.all([...tarballs.map(lookAt), tryOut(folder, tarballs, all)]);
    return [...unlicensed(all), ...faults.flat()];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function unlicensed(all: readonly Workspace[]): string[] {
  return all
    .filter(({ folder }) => !existsSync(`${folder}/LICENSE`))
    .map(({ folder }) => `${folder} lacks LICENSE, which the licence asks for in every copy`);
}

async function lookAt(tarball: string): Promise<string[]> {
  const looks = await Promise.all([
    runProgram(['publint', 'run', tarball, '--strict']),
    runProgram(['attw', tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-definitely-typed']),
  ]);
  return looks.filter(({ exitCode }) => exitCode !== 0).map(({ output }) => output.trim());
}

async function tryOut(folder: string, tarballs: readonly string[], all: readonly Workspace[]): Promise<string[]> {
  const install = await runProgram(
    ['npm', 'install', '--prefix', folder, '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs],
    folder,
  );
  if (install.exitCode !== 0) return [install.output];
  const script = smokeTest(all.flatMap(entryPoints));
  const smoke = await runProgram([process.execPath, '--input-type=module', '--eval', script], folder);
  const faults = smoke.exitCode === 0 ? [] : [smoke.output.trim()];
  for (const program of all.flatMap(({ bin }) => Object.keys(bin))) {
    const { exitCode, output } = await runProgram([join(folder, 'node_modules/.bin', program), '--version'], folder);
    if (exitCode !== 0) faults.push(`${program} --version exited with ${exitCode}: ${output.trim()}`);
  }
  return [...faults, ...(await clientFaults(readFileSync('packaging/README.md', 'utf8'), folder))];
}

function entryPoints({ name, exports }: Workspace): string[] {
  return Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => name + path.slice(1));
}

function smokeTest(specifiers: readonly string[]): string {
  return `
    import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/smoke.js');
    for (const specifier of ${JSON.stringify(specifiers)}) {
      const imported = Object.keys(await import(specifier)).join();
      const required = Object.keys(require(specifier)).filter((name) => name !== '__esModule').join();
      if (imported !== required) throw new Error(specifier + ': import gives ' + imported + ', require gives ' + required);
    }`;
}
