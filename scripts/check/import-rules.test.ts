import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importFaults } from './import-rules.ts';

describe('who may import what', () => {
  const home = process.cwd();
  let root = '';

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'errand-imports-'));
    process.chdir(root);
    manifest('core', '@errand/core', ['p-queue', 'left-pad']);
    manifest('backend-ssh', '@errand/backend-ssh', ['@errand/core', 'ssh2', '@errand/backend-docker']);
    manifest('backend-docker', '@errand/backend-docker', ['@errand/core', 'dockerode']);
  });

  afterEach(() => {
    process.chdir(home);
    rmSync(root, { recursive: true, force: true });
  });

  function write(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  function manifest(folder: string, name: string, dependencies: readonly string[]): void {
    const versions = Object.fromEntries(dependencies.map((dependency) => [dependency, '*']));
    write(`packages/${folder}/package.json`, JSON.stringify({ name, dependencies: versions }));
  }

  /** The one fault that a file with this source gives; the file is gone afterwards. */
  async function faultOf(path: string, source: string): Promise<string | undefined> {
    write(path, source);
    const faults = await importFaults();
    rmSync(path);
    expect(faults.length).toBeLessThanOrEqual(1);
    return faults[0];
  }

  it('lets a package import node:*, its own files, itself, and what both its rule and its package.json name', async () => {
    write('packages/core/src/b.ts', 'export const b = 1;');
    const source = `import 'node:fs'; import './b.ts'; import '@errand/core'; import 'p-queue';
      /** import 'commented'; */ const text = "import 'quoted'";`;
    expect(await faultOf('packages/core/src/a.ts', source)).toBeUndefined();
  });

  it('tells an import that package.json lacks, and one that the rule lacks', async () => {
    expect(await faultOf('packages/core/src/a.ts', "import 'generic-pool';")).toContain('generic-pool is not in dependencies');
    expect(await faultOf('packages/core/src/a.ts', "\nexport * from 'left-pad';")).toContain('a.ts:2 imports');
  });

  it("tells who reaches into another package's files, by path or by name", async () => {
    expect(await faultOf('packages/core/src/a.ts', "import '../../backend-ssh/src/x.ts';")).toContain("another's files");
    expect(await faultOf('packages/backend-ssh/src/a.ts', "import '@errand/core/src/x.ts';")).toBeDefined();
  });

  it('lets a test import what the root has, but no src of another package', async () => {
    expect(await faultOf('packages/core/src/a.test.ts', "import 'vitest';")).toBeUndefined();
    expect(await faultOf('packages/core/src/a.test.ts', "import '@errand/backend-ssh/src/x.ts';")).toContain("another package's src");
  });

  it('lets only the x-client.ts of a backend import its vendor, and no backend another', async () => {
    const source = "const ssh = await import('ssh2');";
    expect(await faultOf('packages/backend-ssh/src/ssh-client.ts', source)).toBeUndefined();
    expect(await faultOf('packages/backend-ssh/src/ssh-driver.ts', source)).toContain('x-client.ts');
    expect(await faultOf('packages/backend-ssh/src/a.ts', "import type { X } from '@errand/backend-docker';")).toContain('may not import');
  });

  it('follows the imports of a subpath that stands on node:* alone', async () => {
    write('packages/core/src/supervisor/index.ts', "export { queue } from '../queue.ts';");
    expect(await faultOf('packages/core/src/queue.ts', "import 'p-queue'; import './supervisor/index.ts';")).toContain(
      'stands on node:* alone',
    );
  });
});
