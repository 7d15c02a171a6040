import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { snippetFaults, snippetsOf } from './snippets.ts';

describe('examples in the pages', () => {
  const home = process.cwd();
  let root = '';

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'errand-snippets-'));
    symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
    for (const file of ['tsconfig.base.json', 'tsconfig.check.json', 'package.json']) symlinkSync(resolve(file), join(root, file));
    mkdirSync(join(root, 'docs'));
    process.chdir(root);
  });

  afterEach(() => {
    process.chdir(home);
    rmSync(root, { recursive: true, force: true });
  });

  it('are found by their fence, with the line that they begin on', () => {
    expect([...snippetsOf('# A\n```ts\nx\n```\n```sh\ny\n```\n```ts\nz\n```\n')]).toEqual([
      [2, 'x\n'],
      [8, 'z\n'],
    ]);
  });

  it('are type-checked, and a fault is told at its line of the page', async () => {
    const good = '```ts\nconst one: number = await Promise.resolve(1);\n```\n';
    writeFileSync('README.md', `# A\n\n${good}`);
    writeFileSync('docs/b.md', `${good}\n\`\`\`ts\nconst one: number = 'one';\n\`\`\`\n`);
    const faults = await snippetFaults();
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^docs\/b\.md\(6,7\): error TS2322/);
  });
});
