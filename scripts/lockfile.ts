import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type LockedPackages = Record<string, LockedPackage>;

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];
const lockfile = 'package-lock.json';

/**
 * Entries that package-lock.json lacks for the other platforms' parts of native packages (`@biomejs/cli-darwin-arm64` …), by path.
 * npm leaves them out where the registry that it asked does not have them, and then `npm ci` fails, or installs a package that
 * does not run on those platforms.
 */
export function missingPlatforms(packages: LockedPackages): LockedPackages {
  const missing: LockedPackages = {};
  for (const [path, parent] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const hoisted = `node_modules/${name}`;
      if (`${path}/${hoisted}` in packages || hoisted in packages) continue;
      const entry = platformEntry(name, version, parent);
      if (entry) missing[hoisted] = entry;
    }
  }
  return missing;
}

function platformEntry(name: string, version: string, parent: LockedPackage): LockedPackage | undefined {
  const parts = name.split(/[-/]/);
  const os = parts.includes('windows') ? 'win32' : systems.find((system) => parts.includes(system));
  const cpu = processors.find((processor) => parts.includes(processor));
  if (!os || !cpu) return undefined;
  const libc = parts.some((part) => part.startsWith('musl')) ? 'musl' : 'glibc';
  const { dev, license, engines } = parent;
  return JSON.parse(
    JSON.stringify({ version, cpu: [cpu], dev, libc: os === 'linux' ? [libc] : undefined, license, optional: true, os: [os], engines }),
  );
}

/** The faults of package-lock.json in this directory, a line each. */
export function lockfileFaults(): string[] {
  const missing = Object.keys(missingPlatforms(JSON.parse(readFileSync(lockfile, 'utf8')).packages));
  return missing.map((path) => `${lockfile} lacks ${path}: run \`npm run lock\``);
}

function complete(): void {
  const lock: { packages: LockedPackages } = JSON.parse(readFileSync(lockfile, 'utf8'));
  const entries = Object.entries({ ...lock.packages, ...missingPlatforms(lock.packages) });
  lock.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(lockfile, `${JSON.stringify(lock, null, 2)}\n`);
}

if (import.meta.main) complete();
