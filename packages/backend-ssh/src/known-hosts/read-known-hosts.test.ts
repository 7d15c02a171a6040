import { appendFile, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ed25519Key, lineFor } from './made-keys.fixture.ts';
import { readKnownHosts } from './read-known-hosts.ts';

const a = ed25519Key();
const b = ed25519Key();
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-read-'));
  file = join(directory, 'known_hosts');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function keys(...paths: readonly string[]): Promise<Uint8Array[]> {
  return (await readKnownHosts(paths)).named('h').map((line) => line.key.blob);
}

/** As if it had been written long ago. */
async function settle(path: string): Promise<void> {
  await utimes(path, 1_000_000, 1_000_000);
}

test('a change is seen, however small: at once, in place, with the old time, or by another file of the name', async () => {
  await writeFile(file, `${lineFor('h', a)}\n`);
  expect(await keys(file)).toEqual([a.blob]);
  await writeFile(file, `${lineFor('h', b)}\n`);
  expect(await keys(file)).toEqual([b.blob]);
  await settle(file);
  expect(await keys(file)).toEqual([b.blob]);
  expect(await keys(file)).toEqual([b.blob]);
  await writeFile(file, `${lineFor('h', a)}\n`);
  await settle(file);
  expect(await keys(file)).toEqual([a.blob]);
  await appendFile(file, `${lineFor('h', b)}\n`);
  expect(await keys(file)).toEqual([a.blob, b.blob]);
  const other = join(directory, 'other');
  await writeFile(other, `${lineFor('h', b)}\n`);
  await settle(other);
  await rename(other, file);
  expect(await keys(file)).toEqual([b.blob]);
  await rm(file);
  expect(await keys(file)).toEqual([]);
});

test('files are read in their order, and what is not there says nothing', async () => {
  const second = join(directory, 'second');
  await writeFile(file, `${lineFor('h', a)}\n`);
  await writeFile(second, `${lineFor('h', b)}\n`);
  expect(await keys(second, join(directory, 'absent'), file)).toEqual([b.blob, a.blob]);
  expect((await readKnownHosts([directory, join(file, 'below')])).unreadable).toMatchObject([
    { path: directory, cause: { code: 'EISDIR' } },
  ]);
});

test('more lines than a call takes arguments are no trouble', async () => {
  await writeFile(file, `${lineFor('x', a)}\n`.repeat(200_000) + lineFor('h', b));
  expect(await keys(file)).toEqual([b.blob]);
});
