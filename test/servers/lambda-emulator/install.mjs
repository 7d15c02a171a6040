import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { emulatorDirectory, emulatorProgram } from './location.mjs';

/** Installs the emulator's packages where they are missing; whether they are there. */
export function installEmulator() {
  if (emulatorProgram()) return true;
  const directory = emulatorDirectory();
  console.log(`Installing what the tests of Lambda need into ${directory}`);
  mkdirSync(dirname(directory), { recursive: true });
  const partial = mkdtempSync(`${directory}-`);
  try {
    for (const name of ['package.json', 'package-lock.json']) cpSync(new URL(name, import.meta.url), join(partial, name));
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
    if (!emulatorProgram()) process.stderr.write(`${fault}\n`);
  }
  rmSync(partial, { recursive: true, force: true });
  return emulatorProgram() !== undefined;
}
