import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkHostKeyOptions, type HostKeyOptions } from './host-key/host-key-options.ts';
import { type HostKeyConfig, hostKeyPolicy } from './host-key-policy.ts';
import { fingerprintOf, type HostKey } from './known-hosts/host-key.ts';
import { ed25519Key, lineFor, rsaBlob, rsaKey } from './known-hosts/made-keys.fixture.ts';

const key = ed25519Key();
const other = ed25519Key();
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-policy-'));
  file = join(directory, 'known_hosts');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const subject = { host: 'web1.example', port: 2222, target: 'web1' };

function verify(presented: HostKey | Uint8Array, options: HostKeyOptions = {}, config: HostKeyConfig = {}): Promise<void> {
  const blob = 'blob' in presented ? presented.blob : presented;
  return hostKeyPolicy(subject, { knownHosts: file, ...options }, config).verify(blob);
}

describe('a host key', () => {
  test('that the file has is taken', async () => {
    await writeFile(file, `${lineFor('[web1.example]:2222', key)}\n`);
    await verify(key);
    await verify(key, { acceptNew: true });
    expect(await readFile(file, 'utf8')).toBe(`${lineFor('[web1.example]:2222', key)}\n`);
  });

  test('that changed is refused with both fingerprints and the line that disagrees, whatever the options say', async () => {
    await writeFile(file, `# mine\n${lineFor('[web1.example]:2222', other)}\n`);
    for (const acceptNew of [false, true]) {
      await expect(verify(key, { acceptNew })).rejects.toMatchObject({
        code: 'EXEC_HOST_KEY',
        message:
          `The host key of [web1.example]:2222 is not the one that is known: it presented ssh-ed25519 ${fingerprintOf(key)}, ` +
          `and ${file}:2 says ssh-ed25519 ${fingerprintOf(other)}. Somebody may be answering in its place. ` +
          'If the host was set up anew, remove that line, then: errand trust web1',
      });
    }
  });

  test('that nobody knows is refused with its fingerprint and what to do', async () => {
    await expect(verify(key)).rejects.toMatchObject({
      code: 'EXEC_HOST_KEY',
      message:
        `The host key of [web1.example]:2222 is not known: it presented ssh-ed25519 ${fingerprintOf(key)}. If that is the host's own: ` +
        `errand trust web1, or hostKey: { fingerprint: '${fingerprintOf(key)}' }, or hostKey: { acceptNew: true } for hosts that are new.`,
    });
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  test('that is new is added to the first file with acceptNew, and is then the only one', async () => {
    const second = join(directory, 'second');
    await writeFile(second, `${lineFor('db', other)}\n`);
    await verify(key, { acceptNew: true, knownHosts: [file, second] });
    expect(await readFile(file, 'utf8')).toBe(`${lineFor('[web1.example]:2222', key)}\n`);
    await verify(key);
    await expect(verify(other, { acceptNew: true })).rejects.toThrow(/is not the one that is known/);
  });

  test('of two that are new at the same time, one alone is taken', async () => {
    const results = await Promise.allSettled([verify(key, { acceptNew: true }), verify(other, { acceptNew: true })]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(1);
  });

  test('that is revoked is refused, pinned or not', async () => {
    await writeFile(file, `@revoked ${lineFor('*', key)}\n`);
    for (const options of [{}, { acceptNew: true }, { fingerprint: fingerprintOf(key) }])
      await expect(verify(key, options)).rejects.toThrow(`is revoked in ${file}:1`);
  });

  test('that is pinned is taken whatever the file says, and no other', async () => {
    await writeFile(file, `${lineFor('[web1.example]:2222', other)}\n`);
    await verify(key, { fingerprint: fingerprintOf(key) });
    await verify(key, { fingerprint: [fingerprintOf(rsaKey()), `${fingerprintOf(key)}=`] });
    await expect(verify(other, { fingerprint: fingerprintOf(key), acceptNew: true })).rejects.toThrow(
      `it presented ssh-ed25519 ${fingerprintOf(other)}, and allowed is ${fingerprintOf(key)}`,
    );
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(1);
  });

  test('of a type that is not supported, or a short RSA key, is refused', async () => {
    for (const blob of [Uint8Array.of(1, 2), rsaBlob(1020), new Uint8Array()])
      await expect(verify(blob, { acceptNew: true })).rejects.toThrow(/presented a host key of a type that is not supported/);
  });

  test('that cannot be remembered is not taken as new', async () => {
    const unreadable = join(directory, 'directory');
    await mkdir(unreadable);
    await expect(verify(key, { acceptNew: true, knownHosts: [file, unreadable] })).rejects.toThrow(`${unreadable} cannot be read`);
    await writeFile(join(directory, 'plain'), '');
    await expect(verify(key, { acceptNew: true, knownHosts: join(directory, 'plain', 'below') })).rejects.toMatchObject({
      code: 'EXEC_HOST_KEY',
      message: expect.stringContaining('cannot be written'),
      cause: expect.objectContaining({ code: expect.stringMatching(/ENOTDIR|EEXIST/) }),
    });
  });

  test('is forgotten in /dev/null, for who asks for that', async () => {
    await verify(key, { acceptNew: true, knownHosts: '/dev/null' });
    await verify(other, { acceptNew: true, knownHosts: '/dev/null' });
  });
});

describe('the configuration of ssh', () => {
  const config = (more: HostKeyConfig): [HostKeyOptions, HostKeyConfig] => [
    {},
    { userKnownHostsFiles: [file], globalKnownHostsFiles: [], ...more },
  ];
  const policy = ([options, of]: [HostKeyOptions, HostKeyConfig], address?: string) =>
    hostKeyPolicy({ ...subject, ...(address !== undefined && { address }) }, options, of);

  test('says which files count, and which alias', async () => {
    await writeFile(file, `${lineFor('blue', key)}\n`);
    await policy(config({ hostKeyAlias: 'blue' })).verify(key.blob);
    await policy(config({ userKnownHostsFiles: [], globalKnownHostsFiles: [file], hostKeyAlias: 'blue' })).verify(key.blob);
    await expect(policy(config({})).verify(key.blob)).rejects.toThrow(/is not known/);
  });

  test.each(['accept-new', 'no'] as const)(
    'takes new keys under StrictHostKeyChecking %s, and changed ones never',
    async (strictHostKeyChecking) => {
      await policy(config({ strictHostKeyChecking, hashKnownHosts: true })).verify(key.blob);
      expect(await readFile(file, 'utf8')).toMatch(/^\|1\|/);
      await expect(policy(config({ strictHostKeyChecking })).verify(other.blob)).rejects.toThrow(/is not the one that is known/);
      await rm(file);
      const [, of] = config({ strictHostKeyChecking });
      await expect(policy([{ acceptNew: false }, of]).verify(key.blob)).rejects.toThrow(/is not known/);
    },
  );

  test('without a file of the user has nowhere to remember', async () => {
    await expect(policy(config({ userKnownHostsFiles: [], strictHostKeyChecking: 'accept-new' })).verify(key.blob)).rejects.toThrow(
      /there is no known_hosts file to write it to/,
    );
  });

  test('may want the address checked too', async () => {
    await writeFile(file, `${lineFor('[web1.example]:2222', key)}\n${lineFor('[10.0.0.1]:2222', other)}\n`);
    await policy(config({}), '10.0.0.1').verify(key.blob);
    await expect(policy(config({ checkHostIp: true }), '10.0.0.1').verify(key.blob)).rejects.toThrow(`${file}:2 says`);
  });

  test('may list revoked keys; a list that cannot be read revokes every key', async () => {
    await writeFile(file, `${lineFor('[web1.example]:2222', key)}\n`);
    const list = join(directory, 'revoked');
    const revoking = policy(config({ revokedHostKeys: [list] }));
    await expect(revoking.verify(key.blob)).rejects.toThrow(/while .*revoked, which RevokedHostKeys names, cannot be read/);
    await writeFile(list, `# none\n${lineFor('', other).trim()} comment\n`);
    await revoking.verify(key.blob);
    await writeFile(list, `# none\n\n${lineFor('', key).trim()}\n`);
    await expect(revoking.verify(key.blob)).rejects.toThrow(`is revoked in ${list}:3`);
    await writeFile(list, 'SSHKRL\n\0\0\0\0\x01');
    await expect(revoking.verify(key.blob)).rejects.toThrow(/KRL/);
  });

  test('orders the algorithms that it allows by what is known', async () => {
    await writeFile(file, `${lineFor('[web1.example]:2222', rsaKey())}\n`);
    const hostKeyAlgorithms = ['ssh-ed25519', 'rsa-sha2-256'];
    expect(await policy(config({ hostKeyAlgorithms })).algorithms()).toEqual(['rsa-sha2-256', 'ssh-ed25519']);
    await expect(policy(config({ hostKeyAlgorithms: ['ssh-dss'] })).algorithms()).rejects.toMatchObject({ code: 'EXEC_HOST_KEY' });
  });
});

test('a file that its owner cannot read speaks for nobody, as in OpenSSH', async () => {
  await writeFile(file, `${lineFor('[web1.example]:2222', key)}\n`);
  await chmod(file, 0);
  // Root reads it all the same.
  if (process.getuid?.() === 0) await verify(key);
  else await expect(verify(key)).rejects.toThrow(/is not known/);
});

describe('the options', () => {
  test.each([
    {},
    { knownHosts: '/f' },
    { knownHosts: ['/f', '~/g'], fingerprint: [`SHA256:${'A'.repeat(43)}`], acceptNew: true, alias: 'web-1.example' },
  ])('%j are allowed', (options) => {
    checkHostKeyOptions('hostKey', options);
  });

  test.each([
    ['hostKey', true],
    ['hostKey.knownhosts', { knownhosts: '/f' }],
    ['hostKey.knownHosts', { knownHosts: [] }],
    ['hostKey.knownHosts', { knownHosts: '' }],
    ['hostKey.knownHosts[1]', { knownHosts: ['/f', 3] }],
    ['hostKey.fingerprint', { fingerprint: 'MD5:00:11' }],
    ['hostKey.fingerprint', { fingerprint: [] }],
    ['hostKey.fingerprint[0]', { fingerprint: ['SHA256:short'] }],
    ['hostKey.acceptNew', { acceptNew: 'yes' }],
    ['hostKey.alias', { alias: 'a,b' }],
  ])('%s is refused in %j', (option, value) => {
    expect(() => checkHostKeyOptions('hostKey', value)).toThrow(
      expect.objectContaining({ code: 'EXEC_INVALID_OPTION', detail: { option } }),
    );
  });
});
