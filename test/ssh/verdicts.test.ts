import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostKeyPolicy } from '../../packages/backend-ssh/src/host-key-policy.ts';
import { hashedName } from '../../packages/backend-ssh/src/known-hosts/hashed-name.ts';
import { type HostKey, parseHostKey } from '../../packages/backend-ssh/src/known-hosts/host-key.ts';
import { isSkipped, programPath } from '../servers/programs.ts';
import { sshKeygen } from '../servers/ssh-keygen.ts';

const SSHD = programPath('sshd', '/usr/sbin');

type Place = readonly [host: string, port: number, alias?: string];
const PLACES: readonly Place[] = [
  ['web1', 22],
  ['Web1', 2222],
  ['web1', 2222, 'blue'],
];

/** A word in capitals stands for a key: the server has ED25519 and RSA, and not OTHER. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'an empty file': [],
  'its key': ['web1 ED25519'],
  'another key': ['web1 OTHER'],
  'its second key': ['[web1]:2222 RSA', 'web1 RSA', 'blue RSA'],
  'another key, and its second': ['web1,[web1]:2222,blue OTHER', 'web1,[web1]:2222,blue RSA'],
  'both keys': ['web1 ED25519', 'web1 RSA'],
  'a revoked key': ['@revoked * ED25519'],
  'a key that was revoked later': ['web1 ED25519', '@revoked web1 ED25519'],
  'an authority': ['@cert-authority * ED25519'],
  'another authority': ['@cert-authority * OTHER'],
  'the port': ['[web1]:2222 ED25519'],
  'another key at the port': ['[web1]:2222 OTHER'],
  'another key at the port, its own without': ['[web1]:2222 OTHER', 'web1 ED25519'],
  'a hashed name': [`${hashedName('web1')} ED25519`],
  'a hashed name with a port': [`${hashedName('[web1]:2222')} ED25519`],
  'a pattern': ['w* ED25519'],
  'a negated name': ['!web1,* ED25519'],
  'a negated pattern': ['*,!web? ED25519'],
  'another key before its own': ['web1 OTHER', 'web1 ED25519'],
  capitals: ['WEB1 ED25519'],
  'an alias': ['blue ED25519'],
  'a hashed alias': [`${hashedName('blue')} ED25519`],
  'a broken line': ['web1 ssh-ed25519 AAAA'],
  'a broken line before its key': ['web1 ssh-ed25519 AAAA', 'web1 ED25519'],
  'ends of lines as on Windows': ['web1 ED25519\r'],
};

describe.skipIf(isSkipped(SSHD, 'comparisons with ssh and sshd', 'openssh-server'))('ssh decides the same on', () => {
  let directory: string;
  let keys: Record<string, string>;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'errand-verdicts-'));
    keys = { ED25519: await made('ed25519'), RSA: await made('rsa'), OTHER: await made('other', 'ed25519') };
    const hostKeys = ['ed25519', 'rsa'].map((name) => `HostKey ${join(directory, name)}\n`);
    await writeFile(join(directory, 'sshd_config'), `${hostKeys.join('')}UsePAM no\nLogLevel QUIET\n`);
    // As root it wants this directory, which Debian's service would make.
    if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function made(name: string, type = name): Promise<string> {
    await sshKeygen('-q', '-t', type, '-N', '', '-f', join(directory, name));
    return (await readFile(join(directory, `${name}.pub`), 'utf8')).split(' ').slice(0, 2).join(' ');
  }

  test.each(Object.keys(FILES))('a file with %s', { timeout: 60_000 }, async (name) => {
    const file = join(directory, 'known_hosts');
    const lines = (FILES[name] ?? []).map((line) => line.replace(/ED25519|RSA|OTHER/, (word) => keys[word] ?? word));
    await writeFile(file, lines.map((line) => `${line}\n`).join(''));
    for (const place of PLACES) expect([place, await ours(place, file)]).toEqual([place, await theirs(place, file)]);
  });

  async function ours([host, port, alias]: Place, file: string): Promise<string> {
    const policy = hostKeyPolicy({ host, port }, { knownHosts: file, ...(alias !== undefined && { alias }) });
    const first = (await policy.algorithms()).find((algorithm) => ['ssh-ed25519', 'rsa-sha2-512'].includes(algorithm));
    const key = keyOf(keys[first === 'ssh-ed25519' ? 'ED25519' : 'RSA'] ?? '');
    const verdict = await policy.verify(key.blob).then(
      () => 'known',
      (fault: Error) => (/revoked|not known|not the one/.exec(fault.message) ?? [fault.message])[0],
    );
    return `${key.type} ${verdict}`;
  }

  async function theirs([host, port, alias]: Place, file: string): Promise<string> {
    const options = {
      ProxyCommand: `${SSHD} -i -f ${join(directory, 'sshd_config')}`,
      StrictHostKeyChecking: 'yes',
      UserKnownHostsFile: file,
      GlobalKnownHostsFile: 'none',
      BatchMode: 'yes',
      IdentityFile: 'none',
      IdentityAgent: 'none',
      ...(alias !== undefined && { HostKeyAlias: alias }),
    };
    const args = Object.entries(options).flatMap(([option, value]) => ['-o', `${option}=${value}`]);
    const said = await connect(['-v', '-F', 'none', ...args, '-p', String(port), host, 'true']);
    return `${/Server host key: (\S+)/.exec(said)?.[1]} ${decisionOf(said)}`;
  }
});

function decisionOf(said: string): string {
  if (said.includes('REVOKED HOST KEY')) return 'revoked';
  if (said.includes('IDENTIFICATION HAS CHANGED')) return 'not the one';
  if (/No \S+ host key is known/.test(said)) return 'not known';
  return /is known and matches|found matching key/.test(said) ? 'known' : said;
}

/** Nobody can log in there: what counts is what it says before. */
function connect(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('ssh', args, (_fault, _stdout, stderr) => resolve(stderr));
  });
}

function keyOf(text: string): HostKey {
  const [type = '', base64 = ''] = text.split(' ');
  const key = parseHostKey(type, base64);
  if (!key) throw new Error(`no key: ${text}`);
  return key;
}
