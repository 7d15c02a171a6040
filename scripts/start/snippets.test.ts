import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { snippets } from './snippets.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'errand-snippets-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

test("a shell reads the token by the line for it, whatever the file's path", () => {
  const tokenFile = join(directory, `it's a "$HOME"`);
  writeFileSync(tokenFile, 'the token\n');
  const [line = ''] = /^export .*$/m.exec(snippets({ url: 'http://127.0.0.1:1/mcp', tokenFile }, 'errand')) ?? [];
  expect(execFileSync('sh', ['-c', `${line}; printenv ERRAND_TOKEN`], { encoding: 'utf8' })).toBe('the token\n');
});
