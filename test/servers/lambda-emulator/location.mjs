import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the emulator's packages lie: outside of the checkout, since they are many, and shared by all that want the same ones. */
export function emulatorDirectory() {
  const lock = readFileSync(new URL('package-lock.json', import.meta.url));
  const name = `lambda-emulator-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`;
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'errand-tests', name);
}

/** The emulator's program; undefined where it is not installed. */
export function emulatorProgram() {
  return installed('osls/bin/serverless.js');
}

/** AWS's own runtime for Node, as it runs in a function; undefined where it is not installed. */
export function runtimeProgram() {
  return installed('aws-lambda-ric/index.mjs');
}

/** @param {string} path */
function installed(path) {
  const program = join(emulatorDirectory(), 'node_modules', path);
  return existsSync(program) ? program : undefined;
}
