import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localExecutor } from '@errand/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REAL_PATH_SCRIPT } from './real-path-script.ts';
import { withRealPaths } from './real-paths.ts';

const SHELLS: Readonly<Record<string, readonly string[]>> = { dash: ['dash'], bash: ['bash', '--norc'], busybox: ['busybox', 'sh'] };

let base: string;
let root: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'errand-paths-'));
  root = `${base}/srv`;
  mkdirSync(`${root}/a/b`, { recursive: true });
  mkdirSync(`${root}/end\n/-x`, { recursive: true });
  mkdirSync(`${base}/srv-not`);
  mkdirSync(`${base}/out`);
  for (const file of [`${root}/f`, `${root}/end\n/f\n`, `${base}/out/secret`, `${root}/it's $(id) é`]) writeFileSync(file, '');
  const links: readonly (readonly [at: string, to: string])[] = [
    ['in', 'a/b'],
    ['absolute', `${root}/a`],
    ['out', '../out'],
    ['file-out', `${base}/out/secret`],
    ['etc', '/etc'],
    ['not-there', `${base}/out/new`],
    ['dangling-in', 'a/new'],
    ['loop', 'loop'],
    ['up', 'a/../../out'],
    ['chain', 'chain-2'],
    ['chain-2', 'out/secret'],
    ['sibling', '../srv-not'],
    ['dots', 'a/b/..'],
  ];
  for (const [at, to] of links) symlinkSync(to, `${root}/${at}`);
  symlinkSync(root, `${base}/alias`);
});
afterAll(() => rmSync(base, { recursive: true }));

describe.each(Object.entries(SHELLS))('where a path leads, as %s says it', (_name, [program = '', ...words]) => {
  const ask = (path: string, of = root): string =>
    execFileSync(program, [...words, '-c', REAL_PATH_SCRIPT, 'sh', of, path], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', CDPATH: '/etc' },
    });
  const leads = (to: string): string => `\0=${root}${to}`;

  test('below the root, without symbolic links', () => {
    expect(ask(root)).toBe(leads(''));
    expect(ask(`${root}/f`)).toBe(leads('/f'));
    expect(ask(`${root}/new`)).toBe(leads('/new'));
    expect(ask(`${root}/in`)).toBe(leads('/a/b'));
    expect(ask(`${root}/in/new`)).toBe(leads('/a/b/new'));
    expect(ask(`${root}/absolute/b`)).toBe(leads('/a/b'));
    expect(ask(`${root}/dangling-in`)).toBe(leads('/a/new'));
    expect(ask(`${root}/dots`)).toBe(leads('/a'));
    expect(ask(`${root}/end\n`)).toBe(leads('/end\n'));
    expect(ask(`${root}/end\n/f\n`)).toBe(leads('/end\n/f\n'));
    expect(ask(`${root}/end\n/-x/-y`)).toBe(leads('/end\n/-x/-y'));
    expect(ask(`${root}/it's $(id) é`)).toBe(leads("/it's $(id) é"));
    expect(ask(`${root}/f`, `${base}/alias`)).toBe(leads('/f'));
    expect(ask(`${base}/alias/in`, `${base}/alias`)).toBe(leads('/a/b'));
    expect(ask('/etc', '/')).toBe('\0=/etc');
    expect(ask('/', '/')).toBe('\0=/');
  });

  test('elsewhere, where that is', () => {
    for (const path of ['out', 'out/secret', 'out/new', 'file-out', 'etc/passwd', 'not-there', 'up/secret', 'chain', 'sibling'])
      expect(ask(`${root}/${path}`), path).toBe('\0!');
    for (const path of [base, `${base}/out/secret`, `${base}/not-there`, `${base}/srv-not`, '/etc/passwd', '/'])
      expect(ask(path), path).toBe('\0!');
  });

  test('nowhere', () => {
    for (const path of ['none/new', 'loop', 'loop/x', 'f/x']) expect(ask(`${root}/${path}`), path).toBe('\0?');
    expect(ask(`${base}/none/x`, `${base}/none`)).toBe('\0#');
  });
});

test('the command gets the path that the target says', async () => {
  await using executor = localExecutor();
  const parameters = { p: { type: 'path', root }, q: { type: 'path', root: base }, s: { type: 'string' } } as const;
  const real = async (values: Record<string, string>): Promise<object> =>
    Object.fromEntries(
      await withRealPaths(new Map(Object.entries(values)), parameters, { target: { executor }, tenant: undefined, giveUp: [] }),
    );
  expect(await real({ p: 'in', q: 'srv/./in//x', s: 'in' })).toEqual({ p: `${root}/a/b`, q: `${root}/a/b/x`, s: 'in' });
  expect(await real({ p: '.' })).toEqual({ p: root });
  await expect(real({ p: 'out/secret' })).rejects.toMatchObject({ code: 'EXEC_PERMISSION', detail: { option: 'p' } });
  await expect(real({ p: '/etc/passwd' })).rejects.toMatchObject({ code: 'EXEC_PERMISSION', detail: { option: 'p' } });
  await expect(real({ q: 'srv', p: 'none/x' })).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND', detail: { option: 'p' } });
});
