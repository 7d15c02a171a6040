import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { credentialsOf } from './authentication/credentials.ts';
import { checkRevocations } from './host-key/revoked-keys.ts';
import { hostKeyPolicy } from './host-key-policy.ts';
import { ed25519Key, lineFor } from './known-hosts/made-keys.fixture.ts';
import { readKnownHosts } from './known-hosts/read-known-hosts.ts';
import { readBounded } from './read-bounded.ts';

let directory: string;
let long: string;
let fifo: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-bounded-'));
  fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  long = join(directory, 'long');
  await writeFile(long, '');
  await truncate(long, 2 ** 30);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A path that is not what it should be, and what a message says of it. */
const odd = (): readonly (readonly [string, string])[] => [
  ['/dev/zero', 'it is longer than'],
  [fifo, 'it is a FIFO'],
  [directory, 'EISDIR'],
  [long, 'it is longer than'],
];

test('a file is read to its end, up to so many bytes', async () => {
  const path = join(directory, 'file');
  await writeFile(path, Buffer.alloc(200_000, 'ab'));
  expect((await readBounded(path, 200_000)).equals(Buffer.alloc(200_000, 'ab'))).toBe(true);
  await expect(readBounded(path, 199_999)).rejects.toThrow('it is longer than');
  // Of these nobody knows the size beforehand.
  expect((await readBounded('/proc/self/status', 100_000)).toString()).toContain('VmRSS');
  expect((await readBounded('/dev/null', 10)).length).toBe(0);
});

describe('what is no file of the kind is told as that, and neither waited for nor read without end:', () => {
  test('a private key, before anything is connected to', async () => {
    for (const [privateKeyFile, why] of odd()) {
      await expect(credentialsOf({ user: 'me', methods: [{ privateKeyFile }] }), privateKeyFile).rejects.toMatchObject({
        code: 'EXEC_AUTH',
        message: expect.stringContaining(`cannot be read (${why}`),
      });
    }
  });

  test('a configured identity, and what lies beside it', async () => {
    const config = { identityFiles: ['/dev/zero', fifo, directory, long], identitiesOnly: true };
    execFileSync('mkfifo', [`${long}.pub`, `${long}-cert.pub`]);
    const names = (await credentialsOf({ user: 'me', config })).map(({ name }) => name);
    expect(names.map((name) => name.replace(/^.*\(/, ''))).toEqual([
      'is no file)',
      'is no file)',
      'is no file)',
      'cannot be read: it is longer than 1 MiB)',
    ]);
  });

  test('known_hosts, of which the message about an unknown host tells', async () => {
    const key = ed25519Key();
    for (const [path, why] of odd()) {
      const { unreadable } = await readKnownHosts([path]);
      expect(unreadable, path).toHaveLength(1);
      const policy = hostKeyPolicy({ host: 'h', port: 22 }, { knownHosts: path });
      await expect(policy.verify(key.blob), path).rejects.toMatchObject({
        code: 'EXEC_HOST_KEY',
        message: expect.stringContaining(`${path} could not be read (${why}`),
      });
    }
  });

  test('RevokedHostKeys, with which every key is refused', async () => {
    for (const [path, why] of odd()) {
      await expect(checkRevocations([path], { host: 'h', target: 'h' }, ed25519Key()), path).rejects.toMatchObject({
        code: 'EXEC_HOST_KEY',
        message: expect.stringContaining(`cannot be read (${why}`),
      });
    }
  });

  test('while a known_hosts file of many lines is read', async () => {
    const key = ed25519Key();
    const path = join(directory, 'many');
    await writeFile(path, `${lineFor('other', ed25519Key())}\n`.repeat(100_000) + lineFor('h', key));
    expect((await readKnownHosts([path])).named('h').map((line) => line.key.blob)).toEqual([key.blob]);
  });
});
