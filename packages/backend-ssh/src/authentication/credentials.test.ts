import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Credential } from './authentication.ts';
import type { SshAuthentication } from './authentication-options.ts';
import { credentialsOf, type IdentityConfig } from './credentials.ts';

const PASSPHRASE = 'hunter2';
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-credentials-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Its path. */
async function makeKey(name: string, passphrase = '', ...args: readonly string[]): Promise<string> {
  const path = join(directory, name);
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', path, ...args]);
  return path;
}

/** Names, with a star for what can be offered. */
async function namesOf(methods: readonly SshAuthentication[] | undefined, config?: Partial<IdentityConfig>): Promise<string[]> {
  const credentials = await credentialsOf({ user: 'me', methods, config: { identityFiles: [], identitiesOnly: false, ...config } });
  return credentials.map(shown);
}

function shown({ name, offer }: Credential): string {
  return (offer ? '* ' : '') + name.replace(`${directory}/`, '');
}

async function faultOf(methods: readonly SshAuthentication[], config?: Partial<IdentityConfig>): Promise<Error> {
  const fault = await namesOf(methods, config).then(
    () => undefined,
    (error) => error,
  );
  expect(fault).toMatchObject({ code: 'EXEC_AUTH' });
  expect(fault.message).not.toContain(PASSPHRASE);
  return fault;
}

describe('without options, credentials', () => {
  test('are the files that exist and need nobody, and the others are named with why not', async () => {
    await makeKey('plain');
    await makeKey('locked', PASSPHRASE);
    await makeKey('open');
    await chmod(join(directory, 'open'), 0o644);
    await makeKey('certified');
    await writeFile(join(directory, 'certified-cert.pub'), 'ssh-ed25519-cert-v01@openssh.com AAAA');
    await writeFile(join(directory, 'text'), 'no key', { mode: 0o600 });
    const names = ['missing', 'plain', 'locked', 'open', 'certified', 'text', '.'];
    expect(await namesOf(undefined, { identityFiles: names.map((name) => `${directory}/${name}`) })).toEqual([
      '* key plain',
      'key locked (needs a passphrase)',
      'key open (others may read it: chmod 600)',
      '* key certified',
      'key certified (its certificate is not supported)',
      'key text (is no private key)',
      'key . (is no file)',
    ]);
  });

  test('offer no key twice', async () => {
    const path = await makeKey('plain');
    await writeFile(join(directory, 'copy'), await readFile(path), { mode: 0o600 });
    expect(await namesOf(undefined, { identityFiles: [path, path, join(directory, 'copy')] })).toEqual(['* key plain']);
  });

  test('tell of an agent that cannot be reached, or is none', async () => {
    expect(await namesOf(undefined, { identityAgent: join(directory, 'agent') })).toEqual(['agent agent (cannot be reached)']);
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(join(directory, 'agent'));
    try {
      expect(await namesOf(undefined, { identityAgent: join(directory, 'agent') })).toEqual(['agent agent (cannot be reached)']);
    } finally {
      server.close();
    }
  });

  test('are those of an agent with keys that are not supported named', async () => {
    const keys = ['ssh-ed25519-cert-v01@openssh.com', 'sk-ssh-ed25519@openssh.com'].map((type) => [string(string(type)), string(type)]);
    const answer = Buffer.concat([Buffer.from([12, 0, 0, 0, keys.length]), ...keys.flat()]);
    const server = createServer((socket) => socket.once('data', () => socket.write(string(answer)))).listen(join(directory, 'agent'));
    try {
      expect(await namesOf(undefined, { identityAgent: join(directory, 'agent') })).toEqual([
        'key ssh-ed25519-cert-v01@openssh.com of the agent (certificates are not supported)',
        'key sk-ssh-ed25519@openssh.com of the agent (security keys are not supported)',
      ]);
    } finally {
      server.close();
    }
  });
});

describe('credentials that the caller gives', () => {
  test('stay in their order', async () => {
    const path = await makeKey('plain');
    const locked = await makeKey('locked', PASSPHRASE);
    const privateKey = await readFile(locked, 'utf8');
    expect(
      await namesOf([
        { password: PASSPHRASE },
        { privateKeyFile: path },
        { privateKey, passphrase: PASSPHRASE },
        { privateKeyFile: locked, passphrase: () => '' },
      ]),
    ).toEqual([
      '* password',
      '* password (as the answer of keyboard-interactive)',
      '* key plain',
      expect.stringMatching(/^\* privateKey SHA256:/),
    ]);
    expect(await namesOf([{ keyboardInteractive: () => [] }, { password: PASSPHRASE }])).toEqual(['* keyboard-interactive', '* password']);
  });

  test('ask nobody before their turn, and nobody twice', async () => {
    let calls = 0;
    const ask = (): string => {
      calls += 1;
      return PASSPHRASE;
    };
    const privateKeyFile = await makeKey('locked', PASSPHRASE);
    const [key, password] = await credentialsOf({ user: 'me', methods: [{ privateKeyFile, passphrase: ask }, { password: ask }] });
    expect(calls).toBe(0);
    for (let i = 0; i < 2; i += 1) {
      expect(await key?.offer?.(() => {})).toMatchObject({ type: 'publickey', username: 'me' });
      expect(await password?.offer?.(() => {})).toEqual({ type: 'password', username: 'me', password: PASSPHRASE });
    }
    expect(calls).toBe(2);
  });

  test('decrypt a key once, which takes long, and again when the file is another', async () => {
    const privateKeyFile = await makeKey('locked', PASSPHRASE);
    for (const passphrase of [PASSPHRASE, () => PASSPHRASE]) {
      const methods = [{ privateKeyFile, passphrase }];
      const key = async (): Promise<unknown> => {
        const [credential] = await credentialsOf({ user: 'me', methods });
        return Object(await credential?.offer?.(() => {})).key;
      };
      const first = await key();
      expect(await key()).toBe(first);
      await rm(privateKeyFile);
      await makeKey('locked', PASSPHRASE);
      expect(await key()).not.toBe(first);
    }
    expect((await faultOf([{ privateKeyFile, passphrase: 'another' }])).message).toContain('is wrong');
  });

  test('that throw keep what was thrown as the cause, and out of the message', async () => {
    const cause = new Error(PASSPHRASE);
    for (const password of [
      (): never => {
        throw cause;
      },
      () => Promise.reject(cause),
    ]) {
      const [credential] = await credentialsOf({ user: 'me', methods: [{ password }] });
      await expect(credential?.offer?.(() => {})).rejects.toMatchObject({
        code: 'EXEC_AUTH',
        message: 'The function for the password failed, so the login was given up.',
        cause,
      });
    }
    const [credential] = await credentialsOf({ user: 'me', methods: [{ password: (() => 1234) as never }] });
    await expect(credential?.offer?.(() => {})).rejects.toMatchObject({ code: 'EXEC_AUTH', message: expect.not.stringContaining('1234') });
  });

  test('are refused with the file and what to do where they cannot be used', async () => {
    const locked = await makeKey('locked', PASSPHRASE);
    const old = await makeKey('old', PASSPHRASE, '-t', 'rsa', '-b', '2048', '-m', 'PEM');
    const other = await makeKey('other', PASSPHRASE, '-Z', 'chacha20-poly1305@openssh.com');
    await writeFile(join(directory, 'text'), PASSPHRASE);
    const messages: [SshAuthentication, string][] = [
      [{ privateKeyFile: locked, passphrase: `${PASSPHRASE}x` }, `The passphrase of key ${locked} is wrong`],
      [{ privateKeyFile: old, passphrase: `${PASSPHRASE}x` }, `The passphrase of key ${old} is wrong`],
      [{ privateKeyFile: locked }, `Key ${locked} is encrypted: give its passphrase`],
      [{ privateKeyFile: old }, `Key ${old} is encrypted: give its passphrase`],
      [{ privateKeyFile: other, passphrase: PASSPHRASE }, `Key ${other} is damaged or of a form that is not supported. To turn a copy`],
      [{ privateKeyFile: `${locked}.pub` }, `Key ${locked}.pub is a public key: name the file of the private one`],
      [{ privateKeyFile: join(directory, 'text') }, `Key ${directory}/text is no private key`],
      [{ privateKeyFile: join(directory, 'missing') }, `Key ${directory}/missing cannot be read (ENOENT)`],
      [{ privateKeyFile: directory }, `Key ${directory} cannot be read (EISDIR)`],
      [{ agent: join(directory, 'missing') }, `The agent ${directory}/missing cannot be reached`],
      [{ agent: true }, 'There is no agent: SSH_AUTH_SOCK is not set'],
    ];
    for (const [method, message] of messages) expect((await faultOf([method])).message).toContain(message);
    await namesOf([{ privateKeyFile: old, passphrase: PASSPHRASE }]);
  });

  test('are refused where a file is cut off', async () => {
    const path = await makeKey('plain');
    const text = await readFile(path, 'utf8');
    await writeFile(`${path}-cut`, text.replace(/\n[^\n]+\n[^\n]+\n(-----END)/, '\n$1'));
    await rename(`${path}-cut`, path);
    expect((await faultOf([{ privateKeyFile: path }])).message).toContain('is damaged or of a form that is not supported');
  });
});

/** As SSH writes it: the length in front. */
function string(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
