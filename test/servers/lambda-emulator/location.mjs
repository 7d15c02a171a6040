import { packagedFile } from '../cached-packages.mjs';

/** @type {import('../cached-packages.mjs').CachedPackages} */
export const emulatorPackages = {
  name: 'lambda-emulator',
  source: new URL('.', import.meta.url),
  needs: 'the tests of Lambda',
  files: ['osls/bin/serverless.js'],
};

/** The emulator's program; undefined where it is not installed. */
export function emulatorProgram() {
  return packagedFile(emulatorPackages, 'osls/bin/serverless.js');
}

/** AWS's own runtime for Node, as it runs in a function; undefined where it is not installed. */
export function runtimeProgram() {
  return packagedFile(emulatorPackages, 'aws-lambda-ric/index.mjs');
}
