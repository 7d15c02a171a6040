// Gets what validates deployments of AWS SAM and of Terraform, where it is missing: a package of Python's, and one of Go's, whose build takes some
// minutes. For `npm run test:full`. Plain JavaScript, so that any Node runs it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TFLINT, validators, validatorsDirectory } from './location.mjs';

/** @param {string} program @param {readonly string[]} args @param {NodeJS.ProcessEnv} more */
function run(program, args, more = {}) {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...more } });
  if (status === 0) return;
  throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
}

/** Debian has venv apart. */
function virtualEnvironment() {
  if (process.getuid?.() !== 0 || spawnSync('python3', ['-c', 'import ensurepip']).status === 0) return;
  run('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', 'python3-venv'], {
    DEBIAN_FRONTEND: 'noninteractive',
  });
}

function build() {
  const directory = validatorsDirectory();
  console.log(`Getting validators of deployments, which takes some minutes, into ${directory}`);
  virtualEnvironment();
  mkdirSync(dirname(directory), { recursive: true });
  // Python's programs know where they lie: they are made in their place, and what is half made is removed.
  const python = join(directory, 'python');
  try {
    run('nice', ['-n', '19', 'go', 'install', '-trimpath', '-ldflags=-s -w', TFLINT], { GOBIN: `${directory}.go`, CGO_ENABLED: '0' });
    run('python3', ['-m', 'venv', python]);
    const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
    run(join(python, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements]);
    renameSync(join(`${directory}.go`, 'tflint'), join(directory, 'tflint'));
  } catch (fault) {
    rmSync(directory, { recursive: true, force: true });
    throw fault;
  } finally {
    rmSync(`${directory}.go`, { recursive: true, force: true });
  }
}

try {
  if (!validators()) build();
} catch (fault) {
  console.log(`Missing validators of deployments: skipping them (${fault})`);
}
