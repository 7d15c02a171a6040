import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listDirectory } from './list-directory.ts';

const looks = vi.hoisted(() => ({ now: 0, most: 0 }));

// The real one, counted: how many wait at once shows nowhere else.
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const lstat = async (path: string): Promise<unknown> => {
    looks.most = Math.max(looks.most, ++looks.now);
    try {
      return await real.lstat(path);
    } finally {
      looks.now--;
    }
  };
  return { ...real, lstat };
});

test('a long directory is listed whole, in order, with a bounded number of entries looked at at once', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'errand-list-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const names = Array.from({ length: 500 }, (_, i) => `entry-${String(i).padStart(3, '0')}`);
  await Promise.all(names.map((name, i) => (i % 2 ? mkdir(join(dir, name)) : writeFile(join(dir, name), name))));
  const listed = await listDirectory(dir, { option: 'path', path: dir }, undefined);
  expect(listed.map((info) => info.name)).toEqual(names);
  expect(listed.map((info) => info.type)).toEqual(names.map((_, i) => (i % 2 ? 'directory' : 'file')));
  expect(looks.most).toBeLessThanOrEqual(64);
  expect(looks.most).toBeGreaterThan(1);
});
