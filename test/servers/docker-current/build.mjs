// Builds a current dockerd, with its containerd and runc, where it is missing; Debian has one of 2020. It takes some minutes, and is for `npm run
// test:full`. Plain JavaScript, so that any Node runs it.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { currentDocker, currentDockerDirectory, programs } from './location.mjs';

/** What runc is compiled with. */
const debian = ['gcc', 'libc6-dev', 'libseccomp-dev', 'pkg-config'];

/** @param {string} program @param {readonly string[]} args @param {import('node:child_process').SpawnSyncOptions} options */
function run(program, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', ...options });
  if (status === 0) return;
  throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
}

function build() {
  const directory = currentDockerDirectory();
  console.log(`Building a current Docker, which takes some minutes, into ${directory}`);
  if (process.getuid?.() === 0 && spawnSync('pkg-config', ['--exists', 'libseccomp']).status !== 0)
    run('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', ...debian], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  mkdirSync(dirname(directory), { recursive: true });
  const partial = mkdtempSync(`${directory}-`);
  const module = mkdtempSync(join(tmpdir(), 'errand-docker-current-'));
  try {
    for (const name of ['go.mod', 'go.sum']) cpSync(new URL(name, import.meta.url), join(module, name));
    for (const { name, from, cgo, tags } of programs) {
      const args = ['go', 'build', '-trimpath', '-ldflags=-s -w', `-tags=${tags}`, '-o', join(partial, name), from];
      run('nice', ['-n', '19', ...args], { cwd: module, env: { ...process.env, CGO_ENABLED: cgo ? '1' : '0' } });
    }
    renameSync(partial, directory);
  } finally {
    for (const left of [partial, module]) rmSync(left, { recursive: true, force: true });
  }
}

try {
  if (!currentDocker()) build();
} catch (fault) {
  // Another checkout may have been faster.
  if (!currentDocker()) console.log(`Missing a current Docker: skipping the conformance kit there (${fault})`);
}
