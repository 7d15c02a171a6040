import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IdentityConfig } from '../../packages/backend-ssh/src/authentication/credentials.ts';
import { type SshAccount, SshAccounts } from '../servers/ssh-accounts.ts';
import { SshAgent } from '../servers/ssh-agent.ts';
import { makeSshKey, type SshKey } from '../servers/ssh-key.ts';
import { SshServer } from '../servers/sshd.ts';
import { logIn, refusalOf } from './log-in.ts';

const BY_PASSWORD = 'PasswordAuthentication yes';
const BY_QUESTIONS = ['UsePAM yes', 'KbdInteractiveAuthentication yes'];

describe.skipIf(SshServer.isSkipped)('to log in', () => {
  let accounts: SshAccounts;
  let dash: SshAccount;
  let byPassword: SshAccount & { readonly password: string };
  let agent: SshAgent;
  let keys: SshServer;
  let passwords: SshServer;
  let questions: SshServer;
  let both: SshServer;
  /** No server lets them in. */
  let others: readonly SshKey[];
  let rsa: SshKey;

  beforeAll(async () => {
    [accounts, agent, keys, passwords, questions, both] = await Promise.all([
      SshAccounts.make(['dash']),
      SshAgent.start(),
      SshServer.start(['MaxAuthTries 3']),
      SshServer.start([BY_PASSWORD]),
      SshServer.start(BY_QUESTIONS),
      SshServer.start([BY_PASSWORD, ...BY_QUESTIONS, 'AuthenticationMethods publickey,password publickey,keyboard-interactive']),
    ]);
    dash = accounts.of('dash');
    byPassword = accounts.withPassword;
    const directory = agent.socket;
    others = await Promise.all(
      ['ed25519', 'ecdsa', 'ed25519', 'ecdsa'].map((type, i) => makeSshKey(`${directory}-other-${i}`, type as 'ecdsa')),
    );
    rsa = await makeSshKey(`${directory}-rsa`, 'rsa');
    await Promise.all(
      [keys, both].map((server) => server.authorize([server.clientKey.publicKey, server.encryptedKey.publicKey, rsa.publicKey])),
    );
  }, 60_000);
  afterAll(async () => {
    await Promise.all([keys?.stop(), passwords?.stop(), questions?.stop(), both?.stop(), agent?.stop()]);
    await accounts?.remove();
  });

  test('a key takes part as text, bytes or file, and of each type', async () => {
    const { privateKey, path } = keys.clientKey;
    await logIn(keys, dash, [{ privateKey }]);
    await logIn(keys, dash, [{ privateKey: Buffer.from(privateKey) }]);
    await logIn(keys, dash, [{ privateKeyFile: path }]);
    await logIn(keys, dash, [{ privateKeyFile: rsa.path }]);
  });

  test('an encrypted key needs the right passphrase', async () => {
    const { path, passphrase, privateKey } = keys.encryptedKey;
    await logIn(keys, dash, [{ privateKeyFile: path, passphrase }]);
    await logIn(keys, dash, [{ privateKey, passphrase: async () => passphrase }]);
    const wrong = 'another-secret';
    for (const given of [wrong, () => wrong]) {
      const message = await refusalOf(logIn(keys, dash, [{ privateKeyFile: path, passphrase: given }]));
      expect(message).toContain(`The passphrase of key ${path} is wrong`);
      expect(message).not.toContain(wrong);
    }
  });

  test('without options the agent comes first, with the keys that are configured at its head, then files', async () => {
    const { encryptedKey, clientKey } = keys;
    await agent.removeAll();
    await agent.add([others[0]?.path ?? '', rsa.path]);
    const config = configured([encryptedKey.path, rsa.path, clientKey.path], { identityAgent: agent.socket });
    expect(await logIn(keys, dash, undefined, config)).toEqual([`key ${rsa.path} of the agent`]);

    await agent.removeAll();
    await agent.add([others[0]?.path ?? '']);
    const tried = await logIn(
      keys,
      dash,
      undefined,
      config.identityAgent ? { ...config, identityFiles: [encryptedKey.path, clientKey.path] } : config,
    );
    expect(tried).toEqual([
      expect.stringMatching(/of the agent$/),
      `key ${encryptedKey.path} (needs a passphrase)`,
      `key ${clientKey.path}`,
    ]);
  });

  test('IdentitiesOnly leaves the agent’s other keys alone', async () => {
    await agent.removeAll();
    await agent.add([...others.map(({ path }) => path), keys.clientKey.path]);
    const config = { identityAgent: agent.socket };
    expect(await refusalOf(logIn(keys, dash, undefined, configured([], config)))).toMatch(
      /no more tries on one connection \(MaxAuthTries\)/,
    );
    const only = configured([keys.clientKey.path], { ...config, identitiesOnly: true });
    for (const methods of [undefined, [{ agent: true }] as const]) {
      const tried = await logIn(keys, dash, methods, only);
      expect(tried).toHaveLength(1);
    }
    const other = configured([others[0]?.path ?? ''], { ...config, identitiesOnly: true });
    expect(await refusalOf(logIn(keys, dash, undefined, other))).toBe(
      `target does not let us in. It was tried with key ${others[0]?.path} of the agent; the server takes publickey.`,
    );
  });

  test('a password opens what takes one, and is told once', async () => {
    let calls = 0;
    const password = (): string => {
      calls += 1;
      return byPassword.password;
    };
    await logIn(passwords, byPassword, [{ privateKeyFile: others[0]?.path ?? '' }, { password }]);
    expect(calls).toBe(1);
    expect(await refusalOf(logIn(keys, byPassword, [{ password }]))).toBe(
      'target does not let us in. It takes nothing of what there is (password); the server takes publickey.',
    );
    expect(calls).toBe(1);
  });

  test('a password that is wrong is in no message', async () => {
    const message = await refusalOf(logIn(passwords, byPassword, [{ password: 'wrong-secret' }]));
    expect(message).toBe('target does not let us in. It was tried with password; the server takes publickey, password.');
  });

  test('questions are answered by a function, or by the password alone', async () => {
    const asked: unknown[] = [];
    const keyboardInteractive = (prompts: unknown): string[] => {
      asked.push(prompts);
      return [byPassword.password];
    };
    await logIn(questions, byPassword, [{ keyboardInteractive }]);
    expect(asked).toEqual([[{ prompt: expect.stringContaining('assword'), echo: false }]]);
    await logIn(questions, byPassword, [{ password: byPassword.password }]);
    expect(await refusalOf(logIn(questions, byPassword, [{ password: 'wrong-secret' }]))).toBe(
      'target does not let us in. It was tried with password (as the answer of keyboard-interactive); the server takes publickey, keyboard-interactive.',
    );
  });

  test('a function that throws, or gives too few answers, ends the login', async () => {
    const cause = new Error('no vault: hunter2');
    const fail = (): never => {
      throw cause;
    };
    for (const methods of [[{ keyboardInteractive: fail }], [{ password: fail }]])
      await expect(logIn(questions, byPassword, methods)).rejects.toMatchObject({
        code: 'EXEC_AUTH',
        message: expect.not.stringContaining('hunter2'),
        cause,
      });
    await expect(logIn(questions, byPassword, [{ keyboardInteractive: () => [] }])).rejects.toMatchObject({ code: 'EXEC_AUTH' });
  });

  test('a key and then a password, whatever their order here, and whether an agent or a file has the key', async () => {
    await agent.removeAll();
    await agent.add([others[0]?.path ?? '', both.clientKey.path, others[1]?.path ?? '']);
    const password = { password: byPassword.password };
    const key = { privateKeyFile: both.clientKey.path };
    for (const methods of [
      [password, key],
      [key, password],
      [{ agent: agent.socket }, password],
      [{ privateKeyFile: rsa.path }, password],
    ])
      await logIn(both, byPassword, methods);
    expect(await refusalOf(logIn(both, byPassword, [key]))).toBe(
      `target does not let us in. It was tried with key ${both.clientKey.path} (accepted, but not enough); the server takes password, keyboard-interactive.`,
    );
    expect(await refusalOf(logIn(both, byPassword, [{ privateKeyFile: others[0]?.path ?? '' }, password]))).toContain(
      'the server takes publickey.',
    );
  });

  test('an agent that does not sign does not hide what comes after', async () => {
    await agent.removeAll();
    // Nobody is there to confirm.
    await agent.add([keys.clientKey.path], ['-c']);
    const tried = await logIn(keys, dash, [{ agent: agent.socket }, { privateKeyFile: rsa.path }]);
    expect(tried).toEqual([expect.stringMatching(/\(the agent did not sign\)$/), `key ${rsa.path}`]);
    expect(await refusalOf(logIn(keys, dash, [{ agent: agent.socket }]))).toContain('the agent did not sign');
  });

  test('the server ends it after too many tries, which is said', async () => {
    const methods = others.map(({ path }) => ({ privateKeyFile: path }));
    const message = await refusalOf(logIn(keys, dash, methods));
    expect(message).toMatch(/^target does not let us in\. It was tried with key .*; the server takes publickey\. It allows no more tries/);
  });
});

function configured(identityFiles: readonly string[], more: Partial<IdentityConfig> = {}): IdentityConfig {
  return { identityFiles, identitiesOnly: false, ...more };
}
