import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Supports } from '../../supports.ts';
import type { Case, Kit } from '../case.ts';
import { refused, refusedAsUnsupported, refusedOption } from '../tools/refused.ts';

/** Which every target has. */
const FILE = '/etc/passwd';
const MANY = 20;

/** `executor.files` of a target without a shell, where nothing makes a file but programs. */
export function shelllessFiles({ files, fileChanges }: Supports): readonly Case[] {
  if (!files) return [];
  return [
    { name: 'a file is read as programs read it, all or in part', run: reads },
    { name: 'stat, exists and list tell what programs see', run: looks },
    { name: 'files that are not there, or are none, are refused', run: refuses },
    { name: 'a file and a directory come down whole', run: comesDown },
    ...(fileChanges === false ? [{ name: 'what would change files is refused', run: changes }] : []),
  ];
}

async function reads({ executor }: Kit): Promise<void> {
  const all = Buffer.from((await executor.exec(['cat', FILE])).stdout.bytes);
  assert.deepEqual(await executor.files.read(FILE), new Uint8Array(all));
  for (const [offset, lengthBytes] of [
    [0, 5],
    [3, 9],
    [7, 1_000_000],
    [1_000_000, 5],
    [4, 0],
  ] as const)
    assert.ok(
      all.subarray(offset, offset + lengthBytes).equals(await executor.files.read(FILE, { offset, lengthBytes })),
      `from ${offset}`,
    );
  assert.equal((await executor.files.read(FILE, { maxBytes: all.length })).length, all.length);
  await refused(executor.files.read(FILE, { maxBytes: all.length - 1 }), 'EXEC_OUTPUT_OMITTED');
}

async function looks({ executor }: Kit): Promise<void> {
  const { files: on } = executor;
  const { name, path, type, sizeBytes } = await on.stat(FILE);
  assert.deepEqual([name, path, type, sizeBytes], ['passwd', FILE, 'file', (await executor.exec(['cat', FILE])).stdout.totalBytes]);
  assert.deepEqual([await on.exists(FILE), await on.exists('/etc/errand-none'), await on.exists(`${FILE}/deeper`)], [true, false, false]);
  assert.equal((await on.stat('/etc')).type, 'directory');
  const listed = (await on.list('/etc')).map((entry) => entry.name);
  const seen = (await executor.exec(['ls', '-A', '/etc'])).stdout.text.trim().split('\n');
  assert.deepEqual(new Set(listed), new Set(seen));
  assert.deepEqual(listed, listed.toSorted());
}

async function refuses({ executor }: Kit): Promise<void> {
  const { files: on } = executor;
  for (const call of [
    () => on.read('/errand-none'),
    () => on.stat('/errand-none/x'),
    () => on.list('/errand-none'),
    () => on.read(`${FILE}/deeper`),
  ])
    assert.equal((await refused(call(), 'EXEC_NOT_FOUND')).detail.what, 'file');
  await refusedOption(on.read('/etc'), 'path');
  await refusedOption(on.list(FILE), 'path');
  await refusedOption(on.download('/etc', join(tmpdir(), 'errand-kit-never')), 'path');
}

async function comesDown({ executor }: Kit): Promise<void> {
  const here = await mkdtemp(join(tmpdir(), 'errand-kit-'));
  try {
    const { files: on } = executor;
    await on.download(FILE, join(here, 'file'));
    assert.equal(await readFile(join(here, 'file'), 'utf8'), (await executor.exec(['cat', FILE])).stdout.text);
    const names = (await on.list('/etc')).map(({ name }) => name);
    // That of a whole system has in it what not everybody may read.
    if (names.length < MANY) {
      await on.download('/etc', join(here, 'tree'), { recursive: true });
      assert.deepEqual(new Set(await readdir(join(here, 'tree'))), new Set(names));
      assert.equal(await readFile(join(here, 'tree/passwd'), 'utf8'), await readFile(join(here, 'file'), 'utf8'));
    }
    await refused(on.download('/errand-none', join(here, 'none')), 'EXEC_NOT_FOUND');
    await assert.rejects(stat(join(here, 'none')));
  } finally {
    await rm(here, { recursive: true });
  }
}

async function changes({ executor }: Kit): Promise<void> {
  const { files: on } = executor;
  // Where an executor that does it all the same does no harm.
  const path = join(tmpdir(), 'errand-kit');
  const calls = [
    () => on.write(path, 'x'),
    () => on.rename(path, `${path}-2`),
    () => on.remove(path),
    () => on.makeDirectory(path),
    () => on.upload(process.execPath, path),
  ];
  for (const call of calls) await refusedAsUnsupported(call());
}
