import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addKnownHost } from '../../packages/backend-ssh/src/known-hosts/add-known-host.ts';
import { hashedName } from '../../packages/backend-ssh/src/known-hosts/hashed-name.ts';
import { fingerprintOf, type HostKey, parseHostKey } from '../../packages/backend-ssh/src/known-hosts/host-key.ts';
import { hostNames } from '../../packages/backend-ssh/src/known-hosts/host-names.ts';
import { ecdsaKey, ed25519Key, lineFor, rsaBlob, rsaKey } from '../../packages/backend-ssh/src/known-hosts/made-keys.fixture.ts';
import { FileLines } from '../../packages/backend-ssh/src/known-hosts/named-lines.ts';
import { foundLines, sshKeygen, withoutOpenSsh } from '../servers/ssh-keygen.ts';

const MARKS = { revoked: ' REVOKED', 'cert-authority': ' CA' };

describe.skipIf(withoutOpenSsh)('a known_hosts file, beside ssh-keygen,', () => {
  let directory: string;
  let file: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'errand-known-hosts-'));
    file = join(directory, 'known_hosts');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function expectSame(content: string, names: readonly string[]): Promise<void> {
    await writeFile(file, content);
    const lines = new FileLines(file, await readFile(file, 'latin1'));
    for (const name of names) {
      const bytes = Buffer.from(name).toString('latin1');
      const found = lines.named(bytes);
      expect([name, found.map(({ line, marker }) => `${line}${marker ? MARKS[marker] : ''}`)]).toEqual([
        name,
        await foundLines(name, file),
      ]);
    }
  }

  const character = fc.constantFrom(...'abAB.*?!,[]:2|é-');
  const key = lineFor('', ed25519Key());

  test('names the same hosts, whatever their patterns', { timeout: 120_000 }, async () => {
    const pattern = fc.string({ unit: character, minLength: 1, maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom(...'abAB.[]:2é'), minLength: 1, maxLength: 6 });
    const marker = fc.constantFrom('', '', '', '@revoked ', '@cert-authority  ', '@other ');
    const line = fc.tuple(marker, pattern).map(([mark, names]) => `${mark}${names}${key}`);
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 60 }), fc.array(name, { minLength: 8, maxLength: 8 }), (lines, names) =>
        expectSame(`${lines.join('\n')}\n`, names),
      ),
      { numRuns: 25 },
    );
  });

  test('names the same hosts once ssh-keygen -H has hashed it', { timeout: 60_000 }, async () => {
    const host = fc.stringMatching(/^[a-c]{1,3}(\.[A-C]{1,2})?$/);
    const hosts = fc.sample(
      fc.oneof(
        host,
        host.map((name) => `[${name}]:2222`),
        host.map((name) => `${name},10.0.0.1`),
      ),
      100,
    );
    await writeFile(file, hosts.map((name) => `${name}${key}\n`).join(''));
    await sshKeygen('-H', '-f', file);
    const hashed = await readFile(file, 'latin1');
    expect(hashed.split('\n').filter((line) => line.startsWith('|1|')).length).toBeGreaterThanOrEqual(100);
    const names = [...new Set(hosts.flatMap((name) => name.split(',')))].slice(0, 60);
    await expectSame(hashed, [...names, ...names.map((name) => name.toLowerCase()), 'zz', '10.0.0.1', '[a]:2223']);
  });

  test('leaves out the same broken lines', { timeout: 60_000 }, async () => {
    const ed25519 = Buffer.from(ed25519Key().blob).toString('base64');
    const rsa = Buffer.from(rsaKey().blob).toString('base64');
    const short = Buffer.from(rsaBlob(1020)).toString('base64');
    const salt = 'A'.repeat(27);
    // biome-ignore format: a line a case would fill pages
    const lines = [
      '# comment', '', '   ', '\t', ' # h', 'h', 'h ', 'h\t', 'h ssh-ed25519', 'h ssh-ed25519 ', 'h # ssh-ed25519', 'h ssh-ed25519 #',
      `h ssh-ed25519 ${ed25519}`, ` \th \tssh-ed25519\t ${ed25519}\tcomment here`, `h\tssh-ed25519\t${ed25519}\r`, `h ssh-ed25519 ${ed25519} # c`,
      `h ssh-ed25519 ${ed25519}=`, `h ssh-ed25519 ${ed25519.slice(0, -1)}`, `h ssh-ed25519 ${ed25519.slice(0, -4)}`, `h ssh-ed25519 ${ed25519}AAAA`,
      `h ssh-ed25519 ${ed25519.replace(/^A/, '-')}`, `h ssh-ed25519 ${ed25519.replace(/^(.{8})/, '$1\v')}`, `h ssh-ed25519 ${ed25519.slice(0, -1)}!`,
      `h ssh-rsa ${ed25519}`, `h ssh-ed25519 ${rsa}`, `h ssh-rsa ${rsa}`, `h rsa-sha2-512 ${rsa}`, `h rsa-sha2-256 ${rsa}`, `h ssh-rsa ${short}`,
      `h SSH-RSA ${rsa}`, `h ssh-rsa AAAA`, `h ecdsa-sha2-nistp256 ${ed25519}`, `h 1024 35 12345`, `h "ssh-rsa" ${rsa}`, `h unknown-type ${rsa}`,
      ...(['256', '384', '521'] as const).map((bits) => lineFor('h', ecdsaKey(bits))),
      lineFor('h', ecdsaKey('384')).replace('-nistp384 ', '-nistp256 '),
      `@revoked h ssh-ed25519 ${ed25519}`, `@REVOKED h ssh-ed25519 ${ed25519}`, `@revoked @revoked h ssh-ed25519 ${ed25519}`, `@ h ssh-rsa ${rsa}`,
      `@cert-authority h ssh-rsa ${rsa}`, `@revoked`, `@revoked `, `@revoked h`, `@revoked  \th ssh-rsa ${rsa}`, `  @revoked h ssh-rsa ${rsa}`,
      `|1|h ssh-rsa ${rsa}`, `|1||x ssh-rsa ${rsa}`, `|2|${salt}=|${salt}= ssh-rsa ${rsa}`, `|1|${salt}=|${salt}=,h ssh-rsa ${rsa}`, `| ssh-rsa ${rsa}`, `${hashedName('h')} ssh-rsa ${rsa}`, `${hashedName('h')},h ssh-rsa ${rsa}`, `${hashedName('h').slice(0, -1)} ssh-rsa ${rsa}`,
      `h,${'x'.repeat(1022)} ssh-rsa ${rsa}`, `h,${'x'.repeat(1023)} ssh-rsa ${rsa}`, `${'x'.repeat(1100)},h ssh-rsa ${rsa}`,
      `!x,h ssh-rsa ${rsa}`, `h,!h ssh-rsa ${rsa}`, `!h,h ssh-rsa ${rsa}`, `!*,h ssh-rsa ${rsa}`, `h, ssh-rsa ${rsa}`, `,h ssh-rsa ${rsa}`,
      `h\0x ssh-rsa ${rsa}`, `h ssh-rsa ${rsa}\0 x`,
    ];
    await expectSame(lines.join('\n'), ['h', 'H', 'x']);
    await expectSame(lines.join('\r\n'), ['h']);
  });

  test('has the fingerprints that ssh-keygen -l prints', async () => {
    const keys = [ed25519Key(), ecdsaKey('256'), ecdsaKey('384'), ecdsaKey('521'), rsaKey(2048), rsaKey(3072)];
    await writeFile(file, keys.map((each) => `${lineFor('h', each)}\n`).join(''));
    const printed = await sshKeygen('-l', '-f', file);
    expect(printed.match(/SHA256:\S+/g)).toEqual(keys.map(fingerprintOf));
  });

  test('takes the keys that ssh-keygen makes', { timeout: 60_000 }, async () => {
    for (const [type, bits] of [
      ['ed25519', '256'],
      ['ecdsa', '256'],
      ['ecdsa', '384'],
      ['ecdsa', '521'],
      ['rsa', '1024'],
      ['rsa', '3072'],
    ] as const) {
      const path = join(directory, `${type}-${bits}`);
      await sshKeygen('-q', '-t', type, '-b', bits, '-N', '', '-f', path);
      const [name = '', base64 = ''] = (await readFile(`${path}.pub`, 'utf8')).split(' ');
      const made: HostKey | undefined = parseHostKey(name, base64);
      expect(made && fingerprintOf(made)).toBe(/SHA256:\S+/.exec(await sshKeygen('-l', '-f', path))?.[0]);
    }
  });

  test.each([false, true])('holds what was added, hashed: %s', async (hash) => {
    await rm(file, { force: true });
    await addKnownHost(file, hostNames({ host: 'Web1.Example', port: 22 }), ed25519Key(), { hash });
    await addKnownHost(file, hostNames({ host: 'web1.example', port: 2222 }), ecdsaKey());
    await addKnownHost(file, hostNames({ host: 'fe80::1', port: 22 }), rsaKey());
    expect(await foundLines('web1.example', file)).toEqual(['1']);
    expect(await foundLines('[web1.example]:2222', file)).toEqual(['2']);
    expect(await foundLines('fe80::1', file)).toEqual(['3']);
    expect((await readFile(file, 'latin1')).split('\n').filter((line) => line.startsWith('|1|'))).toHaveLength(hash ? 3 : 0);
  });
});
