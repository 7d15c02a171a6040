// Looks for the programs that tests need, and as root on Debian installs what is missing. Elsewhere it says which tests will be
// skipped and how to get what they need; with CI set, something that is still missing fails. Plain JavaScript, so that any Node runs it.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installPackages } from './cached-packages.mjs';
import { beginBuild } from './kubernetes/begin-build.mjs';
import { emulatorPackages } from './lambda-emulator/location.mjs';
import { mcpHostPackages } from './mcp-hosts/location.mjs';
import { thirdPartyPackages } from './third-party/location.mjs';

/** @typedef {{ program: string, debian: string, brew: string, needs: string, service?: true, full?: true }} Tool */

/** @type {readonly Tool[]} */
const all = [
  { program: 'dash', debian: 'dash', brew: 'dash', needs: 'launcher and supervisor under dash' },
  { program: 'bash', debian: 'bash', brew: 'bash', needs: 'launcher and supervisor under bash' },
  { program: 'busybox', debian: 'busybox-static', brew: '', needs: 'launcher and supervisor under busybox ash' },
  { program: 'fish', debian: 'fish', brew: 'fish', needs: 'launcher with fish as login shell' },
  { program: 'tcsh', debian: 'tcsh', brew: 'tcsh-shell', needs: 'launcher with tcsh as login shell' },
  { program: 'zsh', debian: 'zsh', brew: 'zsh', needs: 'launcher with zsh as login shell' },
  { program: 'git', debian: 'git', brew: 'git', needs: 'end-to-end runs of `git --version`' },
  { program: 'ps', debian: 'procps', brew: '', needs: 'leftover processes' },
  { program: 'setsid', debian: 'util-linux', brew: 'util-linux', needs: 'daemons' },
  { program: 'redis-server', debian: 'redis-server', brew: 'redis', needs: 'quotas in Redis', service: true },
  { program: 'initdb', debian: 'postgresql', brew: 'postgresql', needs: 'quotas in PostgreSQL', service: true },
  { program: 'ssh', debian: 'openssh-client', brew: 'openssh', needs: 'hosts over SSH' },
  { program: 'sshd', debian: 'openssh-server', brew: '', needs: 'hosts over SSH', service: true },
  { program: 'dockerd', debian: 'docker.io', brew: '', needs: 'containers of Docker', service: true },
  { program: 'docker-registry', debian: 'docker-registry', brew: '', needs: 'images of Docker from a registry', service: true },
  { program: 'openssl', debian: 'openssl', brew: 'openssl', needs: 'daemons of Docker with TLS' },
  { program: 'containerd', debian: 'containerd', brew: '', needs: 'pods of Kubernetes', service: true, full: true },
  { program: 'runc', debian: 'runc', brew: '', needs: 'pods of Kubernetes', full: true },
  { program: 'host-local', debian: 'containernetworking-plugins', brew: '', needs: 'pods of Kubernetes', full: true },
  { program: 'ip', debian: 'iproute2', brew: '', needs: 'pods of Kubernetes', full: true },
  { program: 'go', debian: 'golang-go', brew: 'go', needs: 'pods of Kubernetes', full: true },
  { program: 'podman', debian: 'podman', brew: '', needs: 'containers of Podman', full: true },
  { program: 'systemd-analyze', debian: 'systemd', brew: '', needs: 'the systemd unit' },
  { program: 'tini', debian: 'tini', brew: '', needs: 'the Dockerfile of packaging' },
  { program: 'gcc', debian: 'gcc libc6-dev', brew: 'gcc', needs: 'containers of Docker without a shell' },
];

/** What `npm run test:full` alone needs is wanted by it alone. */
const isFull = process.env.ERRAND_KIT_SIZE === 'full';
const tools = all.filter((tool) => isFull || !tool.full);
/** Debian keeps PostgreSQL's programs from PATH, a directory a version. */
const postgres = '/usr/lib/postgresql';
/** Where sshd and dockerd lie, which is not on everybody's PATH; and the networks of pods; and a Go that Debian did not bring. */
const others = ['/usr/sbin', '/usr/lib/cni', '/usr/local/go/bin'];
/** Asked by Debian's packages before they start a service: 101 forbids it. */
const policy = '/usr/sbin/policy-rc.d';

/** @param {string} program */
function installed(program) {
  const versions = existsSync(postgres) ? readdirSync(postgres).map((version) => join(postgres, version, 'bin')) : [];
  return [...(process.env.PATH ?? '').split(delimiter), ...others, ...versions].some((directory) => {
    try {
      accessSync(join(directory || '.', program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function missing() {
  return tools.filter((tool) => !installed(tool.program));
}

/** @param {readonly string[]} args */
function apt(args) {
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0'];
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, error, stdout, stderr } = spawnSync('apt-get', [...options, ...args], { env: environment, encoding: 'utf8' });
  if (status === 0) return true;
  process.stderr.write(`apt-get ${args[0]} failed: ${error?.message ?? `${stdout}${stderr}`.trim()}\n`);
  return false;
}

/** @param {readonly Tool[]} wanted */
function install(wanted) {
  const packages = wanted.flatMap((tool) => tool.debian.split(' '));
  console.log(`Installing what the tests need: ${packages.join(' ')}`);
  apt(['update']); // a mirror that fails here may still have what is asked for
  // Tests start servers of their own, and this machine gets none from them.
  const forbids = wanted.some((tool) => tool.service) && !existsSync(policy);
  if (forbids) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return apt(['install', '-y', '--no-install-recommends', ...packages]);
  } finally {
    if (forbids) rmSync(policy);
  }
}

/** @param {Tool} tool */
function hint(tool) {
  if (process.platform === 'linux') return `apt-get install ${tool.debian}`;
  return tool.brew ? `brew install ${tool.brew}` : 'not available on this system';
}

const wanted = missing();
const debian = existsSync('/etc/debian_version') && installed('apt-get');
if (wanted.length > 0 && debian && process.getuid?.() === 0) install(wanted);

const absent = wanted.length > 0 ? missing() : [];
for (const tool of absent) console.log(`Missing ${tool.program}: skipping ${tool.needs} (to get it: ${hint(tool)})`);
// Beside the tests that come first: it takes minutes.
if (isFull && process.getuid?.() === 0 && installed('go')) beginBuild();
const emulated = installPackages(emulatorPackages);
if (!emulated) console.log('Missing the emulator of Lambda: skipping functions of AWS Lambda (to get it: a connection to an npm registry)');
const checked = installPackages(thirdPartyPackages);
if (!checked) console.log('Missing programs of others: skipping third-party checks of MCP (to get them: a connection to an npm registry)');
const hosts = !isFull || installPackages(mcpHostPackages);
if (!hosts) console.log('Missing hosts of MCP: skipping the snippets of packaging (to get them: a connection to an npm registry)');
if (absent.length === 0) console.log(`Test tools: all ${tools.length} there`);
if ((absent.length > 0 || !emulated || !checked || !hosts) && process.env.CI && process.env.CI !== 'false') process.exit(1);
