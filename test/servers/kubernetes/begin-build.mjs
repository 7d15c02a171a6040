import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubeDirectory, kubeProgram } from './location.mjs';

/** Begins to build what clusters are made of, unless it is there; whoever needs it waits for that. */
export function beginBuild() {
  if (kubeProgram()) return;
  const log = `${kubeDirectory()}.log`;
  console.log(`Building what the tests of Kubernetes need, beside them (${log})`);
  mkdirSync(dirname(log), { recursive: true });
  const file = openSync(log, 'a');
  const build = fileURLToPath(new URL('build.mjs', import.meta.url));
  spawn(process.execPath, [build], { detached: true, stdio: ['ignore', file, file] }).unref();
  closeSync(file);
}
