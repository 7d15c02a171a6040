import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Packages that tests need and that lie outside of the checkout, since they are many, shared by all that want the same ones.
 * @typedef {{ name: string, source: URL, needs: string, files: readonly string[] }} CachedPackages `source` has their package.json and
 * package-lock.json; they are there where all `files` below node_modules are.
 */

/**
 * Where they lie.
 * @param {CachedPackages} packages
 */
export function packagesDirectory({ name, source }) {
  const lock = readFileSync(new URL('package-lock.json', source));
  const version = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'errand-tests', `${name}-${version}`);
}

/**
 * A file of theirs; undefined where it is not installed.
 * @param {CachedPackages} packages
 * @param {string} file
 */
export function packagedFile(packages, file) {
  const path = join(packagesDirectory(packages), 'node_modules', file);
  return existsSync(path) ? path : undefined;
}

/**
 * Installs them where they are missing; whether they are there.
 * @param {CachedPackages} packages
 */
export function installPackages(packages) {
  const isThere = () => packages.files.every((file) => packagedFile(packages, file) !== undefined);
  if (isThere()) return true;
  const directory = packagesDirectory(packages);
  console.log(`Installing what ${packages.needs} need into ${directory}`);
  mkdirSync(dirname(directory), { recursive: true });
  const partial = mkdtempSync(`${directory}-`);
  try {
    for (const name of ['package.json', 'package-lock.json']) cpSync(new URL(name, packages.source), join(partial, name));
    // What `npm test` tells of itself is about this checkout.
    const environment = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_(config_(?!registry|userconfig|cache)|package|lifecycle)/.test(name)),
    );
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
    const { status, error, stdout, stderr } = spawnSync('npm', args, { cwd: partial, env: environment, encoding: 'utf8' });
    if (status === 0) renameSync(partial, directory);
    else process.stderr.write(`npm ci failed: ${error?.message ?? `${stdout}${stderr}`.trim()}\n`);
  } catch (fault) {
    // Another checkout may have been faster.
    if (!isThere()) process.stderr.write(`${fault}\n`);
  }
  rmSync(partial, { recursive: true, force: true });
  return isThere();
}
