import { execFile } from 'node:child_process';
import { appendFile, chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addKnownHost } from './add-known-host.ts';
import { hashedName } from './hashed-name.ts';
import { hostNames } from './host-names.ts';
import { ed25519Key, lineFor } from './made-keys.fixture.ts';

const key = ed25519Key();
const web1 = hostNames({ host: 'Web1', port: 22 });
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-add-'));
  file = join(directory, '.ssh', 'known_hosts');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function given(content: string): Promise<void> {
  await mkdir(join(directory, '.ssh'), { recursive: true });
  await writeFile(file, content);
}

test('a new file and its directory are for their owner alone', async () => {
  expect(await addKnownHost(file, web1, key)).toEqual({ status: 'unknown' });
  expect(await readFile(file, 'utf8')).toBe(`${lineFor('web1', key)}\n`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(directory, '.ssh'))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(directory, '.ssh'))).toEqual(['known_hosts']);
});

test('a line of another port has brackets, and one of an alias is the alias', async () => {
  await addKnownHost(file, hostNames({ host: 'web1', port: 2222 }), key);
  await addKnownHost(file, hostNames({ host: 'web1', port: 2222, alias: 'Blue' }), key);
  expect(await readFile(file, 'utf8')).toBe(`${lineFor('[web1]:2222', key)}\n${lineFor('blue', key)}\n`);
});

test('what is there is kept: its mode, its inode, its bytes; a last line without an end gets one', async () => {
  const before = '# caf\xe9 \xff\r\n\n@broken\nlast ssh-ed25519 AAAA';
  await given('');
  await writeFile(file, before, 'latin1');
  await chmod(file, 0o640);
  const { ino } = await stat(file);
  await addKnownHost(file, web1, key);
  expect(await readFile(file, 'latin1')).toBe(`${before}\n${lineFor('web1', key)}\n`);
  expect(await stat(file)).toMatchObject({ ino, mode: 0o100640 });
});

test('a link is followed', async () => {
  const elsewhere = join(directory, 'elsewhere');
  await given('');
  await rm(file);
  await symlink(elsewhere, file);
  await addKnownHost(file, web1, key);
  await addKnownHost(file, web1, key);
  expect((await lstat(file)).isSymbolicLink()).toBe(true);
  expect(await readFile(elsewhere, 'utf8')).toBe(`${lineFor('web1', key)}\n`);
});

test('a name is hashed where the file has hashed names alone, or where that is asked for', async () => {
  await given(`${lineFor(hashedName('a'), key)}\n${lineFor('*.b', key)}\n@revoked ${lineFor('c', key)}\n`);
  await addKnownHost(file, web1, key);
  expect((await readFile(file, 'utf8')).split('\n')[3]).toMatch(/^\|1\|.{27}=\|.{27}= ssh-ed25519 /);
  expect(await addKnownHost(file, web1, key)).toMatchObject({ status: 'known' });
  await given(`${lineFor(hashedName('a'), key)}\n${lineFor('b', key)}\n`);
  await addKnownHost(file, web1, key);
  expect((await readFile(file, 'utf8')).split('\n')[2]).toBe(lineFor('web1', key));
  await addKnownHost(file, hostNames({ host: 'd', port: 22 }), key, { hash: true });
  expect((await readFile(file, 'utf8')).split('\n')[3]).toMatch(/^\|1\|/);
});

test('nothing is written where the file knows the host already: by this key, by another, or as revoked', async () => {
  for (const [line, status] of [
    [lineFor('web*', key), 'known'],
    [lineFor('web1', ed25519Key()), 'changed'],
    [`@revoked ${lineFor('*', key)}`, 'revoked'],
  ] as const) {
    await given(`${line}\n`);
    expect(await addKnownHost(file, web1, key)).toMatchObject({ status, line: { path: file, line: 1 } });
    expect(await readFile(file, 'utf8')).toBe(`${line}\n`);
  }
});

test('a key is added beside another once somebody looked at it, unless it is revoked', async () => {
  await given(`${lineFor('web1', ed25519Key())}\n`);
  expect(await addKnownHost(file, web1, key, { beside: true })).toMatchObject({ status: 'changed' });
  expect(await addKnownHost(file, web1, key, { beside: true })).toMatchObject({ status: 'known' });
  await appendFile(file, `@revoked ${lineFor('web1', key)}\n`);
  expect(await addKnownHost(file, web1, key, { beside: true })).toMatchObject({ status: 'revoked' });
  expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(4);
});

test('processes that add at the same time lose nothing and write nothing twice', { timeout: 60_000 }, async () => {
  const adding = new URL('adding.fixture.ts', import.meta.url).pathname;
  const base64 = Buffer.from(key.blob).toString('base64');
  const args = ['--conditions=@errand/source', adding, file];
  await Promise.all([1, 2, 3, 4].map((own) => promisify(execFile)(process.execPath, [...args, String(own), base64])));
  const names = (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[0]);
  const shared = Array.from({ length: 20 }, (_, index) => `shared-${index}`);
  expect(names.sort()).toEqual([...shared, 'own-1', 'own-2', 'own-3', 'own-4'].sort());
  expect(await readdir(join(directory, '.ssh'))).toEqual(['known_hosts']);
});

test('a lock that a dead process left is taken away; one that is held is waited for', async () => {
  await given('');
  const lock = `${file}.errand-lock`;
  await writeFile(lock, 'dead');
  const long = Date.now() / 1000 - 60;
  await utimes(lock, long, long);
  await addKnownHost(file, web1, key);
  await writeFile(lock, 'alive');
  let ended = false;
  const adding = addKnownHost(file, hostNames({ host: 'db', port: 22 }), key).then(() => {
    ended = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(ended).toBe(false);
  await rm(lock);
  await adding;
  expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(2);
  expect(await readdir(join(directory, '.ssh'))).toEqual(['known_hosts']);
});

test('a device is left alone', async () => {
  expect(await addKnownHost('/dev/null', web1, key)).toEqual({ status: 'unknown' });
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
});

test.each(['a,b', 'a b', 'a\nb', '*', '!a', '@revoked', '#a', '|1|a', 'a]', ''])('%j is no name for a line', async (alias) => {
  await expect(addKnownHost(file, hostNames({ host: 'web1', port: 22, alias }), key)).rejects.toMatchObject({ code: 'EXEC_HOST_KEY' });
});
