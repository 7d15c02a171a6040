import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { packagesDirectory } from './cached-packages.mjs';
import { kubeDirectory } from './kubernetes/location.mjs';
import { emulatorPackages } from './lambda-emulator/location.mjs';
import { mcpHostPackages } from './mcp-hosts/location.mjs';
import { thirdPartyPackages } from './third-party/location.mjs';

const script = resolve('test/servers/install.mjs');
const programs = [
  'dash',
  'bash',
  'busybox',
  'fish',
  'tcsh',
  'zsh',
  'git',
  'ps',
  'setsid',
  'redis-server',
  'initdb',
  'ssh',
  'sshd',
  'dockerd',
  'docker-registry',
  'openssl',
  'systemd-analyze',
  'tini',
  'gcc',
];
/** Of `npm run test:full` alone. */
const full = ['containerd', 'runc', 'host-local', 'ip', 'go', 'podman'];

describe('what the tests need', () => {
  let bin = '';
  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'errand-tools-'));
    vi.stubEnv('XDG_CACHE_HOME', bin);
    for (const packages of [emulatorPackages, thirdPartyPackages, mcpHostPackages]) {
      for (const file of packages.files) {
        const path = join(packagesDirectory(packages), 'node_modules', file);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, '');
      }
    }
    await mkdir(kubeDirectory());
    await writeFile(join(kubeDirectory(), 'kube'), '');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    return rm(bin, { recursive: true, force: true });
  });

  async function have(names: readonly string[]): Promise<void> {
    for (const name of names) await symlink(process.execPath, join(bin, name));
  }

  function install(environment: Readonly<Record<string, string>> = {}): Promise<{ exitCode: number; lines: string[] }> {
    const env = { PATH: bin, XDG_CACHE_HOME: bin, ...environment };
    return new Promise((done) => {
      execFile(process.execPath, [script], { env }, (error, stdout) => {
        done({ exitCode: typeof error?.code === 'number' ? error.code : 0, lines: stdout.trimEnd().split('\n') });
      });
    });
  }

  it('prints one short line where all is there', async () => {
    await have(programs);
    expect(await install({ CI: 'true' })).toEqual({ exitCode: 0, lines: [`Test tools: all ${programs.length} there`] });
  });

  it('says for each missing program which tests are skipped and how to get it, and goes on', async () => {
    await have(programs.filter((name) => name !== 'fish' && name !== 'zsh'));
    const { exitCode, lines } = await install();
    expect(exitCode).toBe(0);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^Missing fish: skipping .*fish.* \(to get it: .*install fish\)$/);
  });

  it('fails in CI where something is still missing', async () => {
    await have(programs.filter((name) => name !== 'fish'));
    expect((await install({ CI: 'true' })).exitCode).toBe(1);
  });

  it.each([
    ['the emulator of Lambda', emulatorPackages, {}],
    ['programs of others', thirdPartyPackages, {}],
    ['hosts of MCP', mcpHostPackages, { ERRAND_KIT_SIZE: 'full' }],
  ])('installs %s where missing, outside of the checkout, and fails in CI where it cannot', async (what, packages, size) => {
    await have([...programs, ...full]);
    const there = await readdir(join(bin, 'errand-tests'));
    await rm(packagesDirectory(packages), { recursive: true });
    const missing = await install(size);
    expect(missing.exitCode).toBe(0);
    expect(missing.lines[0]).toContain(`into ${bin}/`);
    expect(missing.lines[1]).toMatch(new RegExp(`^Missing ${what}: skipping `));
    expect((await install({ CI: 'true', ...size })).exitCode).toBe(1);
    const made = packages.files.map((file) => `/bin/mkdir -p node_modules/${dirname(file)} && : >node_modules/${file}\n`);
    await writeFile(join(bin, 'npm'), `#!/bin/sh\n${made.join('')}`, { mode: 0o755 });
    expect((await install({ CI: 'true', ...size })).exitCode).toBe(0);
    expect(await readdir(join(bin, 'errand-tests'))).toEqual(there);
  });

  it.runIf(process.getuid?.() === 0)('begins to build what clusters are made of where it is missing, and waits for nothing', async () => {
    await have([...programs, ...full].filter((name) => name !== 'go'));
    await rm(kubeDirectory(), { recursive: true });
    await symlink('/bin/nice', join(bin, 'nice'));
    const go = '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n/bin/sleep 1\n: >"$2"\n';
    await writeFile(join(bin, 'go'), go, { mode: 0o755 });
    expect((await install()).lines[0]).toMatch(/^Test tools/);
    const { lines } = await install({ ERRAND_KIT_SIZE: 'full' });
    expect(lines[0]).toMatch(/^Building what the tests of Kubernetes need, beside them \(.*\.log\)$/);
    await vi.waitFor(() => access(join(kubeDirectory(), 'kube')), { timeout: 25_000 });
    // Its lock goes last.
    await vi.waitFor(async () => expect(await readdir(join(bin, 'errand-tests'))).not.toContain(`${basename(kubeDirectory())}.lock`));
  });

  it.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
    'asks apt-get as root on Debian for exactly what is missing',
    async () => {
      await have(programs.filter((name) => name !== 'fish'));
      const log = join(bin, 'log');
      await writeFile(
        join(bin, 'apt-get'),
        `#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >>${log}\ncase "$*" in *fish) /bin/ln -s /bin/true ${bin}/fish;; esac\n`,
        { mode: 0o755 },
      );
      const { exitCode, lines } = await install({ CI: 'true' });
      expect(lines).toEqual(['Installing what the tests need: fish', `Test tools: all ${programs.length} there`]);
      expect(exitCode).toBe(0);
      const calls = (await readFile(log, 'utf8')).trimEnd().split('\n');
      expect(calls[0]).toMatch(/^noninteractive .* update$/);
      expect(calls[1]).toMatch(/^noninteractive .* install -y --no-install-recommends fish$/);
    },
  );
});
