import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { paddingOf } from '../../files/tar/tar-entry.ts';
import { TAR_END, tarHeader } from '../../files/tar/tar-header.ts';
import { unpackTree } from './unpack-tree.ts';

interface Member {
  readonly type: 'file' | 'link' | 'symlink' | 'directory';
  readonly name: string;
  readonly linkName?: string;
  readonly content?: string;
}

const directory = (name: string): Member => ({ type: 'directory', name });
const file = (name: string, content = 'evil'): Member => ({ type: 'file', name, content });
const symlink = (name: string, linkName: string): Member => ({ type: 'symlink', name, linkName });
const hardLink = (name: string, linkName: string): Member => ({ type: 'link', name, linkName });

function packed(...members: readonly Member[]): Buffer {
  const parts = members.flatMap(({ type, name, linkName, content = '' }) => [
    tarHeader({
      type,
      name: Buffer.from(name),
      mode: 0o6755,
      sizeBytes: content.length,
      modifiedSeconds: 0,
      ...(linkName !== undefined && { linkName: Buffer.from(linkName) }),
    }),
    Buffer.from(content),
    Buffer.alloc(paddingOf(content.length)),
  ]);
  return Buffer.concat([...parts, TAR_END]);
}

/** Unpacks into `in`, beside which is `victim`: both are told of. */
async function unpacking(bytes: Buffer): Promise<{ readonly base: string; readonly done: Promise<boolean> }> {
  const base = await mkdtemp(join(tmpdir(), 'errand-unpack-'));
  onTestFinished(() => rm(base, { recursive: true }));
  await mkdir(join(base, 'in'));
  await mkdir(join(base, 'victim'));
  await writeFile(join(base, 'victim/file'), 'untouched');
  const source = { option: 'path', path: '/remote' } as const;
  const named = { option: 'localPath', path: '/here' } as const;
  // In odd pieces, as a network gives them.
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 333) yield bytes.subarray(at, at + 333);
  };
  return { base, done: unpackTree(pieces(), { directory: join(base, 'in'), named, source, signal: undefined }) };
}

test.each<[what: string, members: readonly Member[]]>([
  ['a name that leads upwards', [file('../victim/new')]],
  ['one that leads upwards from inside', [directory('a'), file('a/../../victim/new')]],
  ['a directory upwards', [directory('../victim/new')]],
  ['an absolute name', [file(`${tmpdir()}/errand-evil`)]],
  ['a link and a file through it', [symlink('a', '../victim'), file('a/new')]],
  ['a link and a file through it, with dots', [symlink('a', '../victim'), file('./a/./new')]],
  ['a link and a directory in its place', [symlink('a', '../victim'), directory('a'), file('a/new')]],
  ['a directory and a link in its place', [directory('a'), symlink('a', '../victim'), file('a/new')]],
  ['a link to a file and a file in its place', [symlink('a', '../victim/file'), file('a')]],
  ['a link in place of all of it', [symlink('.', '../victim'), file('new')]],
  ['a file in place of all of it', [file('./')]],
  ['a hard link to what is outside', [hardLink('a', '../victim/file'), file('a')]],
  ['a hard link to an absolute name', [hardLink('a', '/etc/hostname')]],
  ['a hard link through a link', [symlink('a', '../victim'), hardLink('b', 'a/file')]],
  ['a hard link to a link, and a file through it', [symlink('a', '../victim/file'), hardLink('b', 'a'), file('b')]],
  ['a hard link to a link, and a file under it', [symlink('a', '../victim'), hardLink('b', 'a'), file('b/new')]],
  ['a hard link to a directory', [directory('a'), hardLink('b', 'a')]],
  ['a name in a directory that never came', [file('a/b')]],
  ['a name twice', [file('a', 'one'), file('a', 'two')]],
])('%s is refused, and nothing outside is written', async (_what, members) => {
  const { base, done } = await unpacking(packed(directory('./'), ...members));
  await expect(done).rejects.toMatchObject({ code: expect.stringMatching(/^EXEC_(UNAVAILABLE|INVALID_OPTION|PERMISSION)$/) });
  expect((await readdir(base)).sort()).toEqual(['in', 'victim']);
  expect(await readdir(join(base, 'victim'))).toEqual(['file']);
  expect(await readFile(join(base, 'victim/file'), 'utf8')).toBe('untouched');
});

test('links out of the tree are kept as links, and no mode is followed through them', async () => {
  const { base, done } = await unpacking(packed(directory('.'), symlink('a', '../victim'), symlink('b', '/etc'), hardLink('c', 'a')));
  expect(await done).toBe(true);
  expect(await readlink(join(base, 'in/a'))).toBe('../victim');
  expect(await readlink(join(base, 'in/b'))).toBe('/etc');
  expect(await readlink(join(base, 'in/c'))).toBe('../victim');
  expect((await lstat(join(base, 'victim'))).mode & 0o7777).not.toBe(0o755 | 0o6000);
});

test('bits that would give somebody rights are dropped', async () => {
  const { base, done } = await unpacking(packed(directory('.'), directory('d'), file('d/f')));
  expect(await done).toBe(true);
  expect((await lstat(join(base, 'in/d'))).mode & 0o7777).toBe(0o755);
  expect((await lstat(join(base, 'in/d/f'))).mode & 0o7777).toBe(0o755);
});

test.each([1, 511, 512, 700, 1_024, 1_030, 1_536, 2_047])('a stream that is cut after %i bytes is not whole', async (bytes) => {
  const { done } = await unpacking(packed(directory('.'), file('a', 'x'.repeat(600))).subarray(0, bytes));
  expect(await done).toBe(false);
});

test('what is no tar stream is refused, and names without an end are not taken into memory', async () => {
  const garbage = await unpacking(Buffer.alloc(4_096, 'no tar '));
  await expect(garbage.done).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('checksum') });
  const long = packed(file('x'.repeat(1_100_000)));
  await expect((await unpacking(long)).done).rejects.toMatchObject({ message: expect.stringContaining('too long') });
});
