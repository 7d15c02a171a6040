import { describe, expect, test } from 'vitest';
import { checkAuthentication } from './authentication-options.ts';

const SECRET = 'hunter2';
const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n';

function faultOf(value: unknown): unknown {
  try {
    checkAuthentication('authentication', value);
  } catch (fault) {
    return fault;
  }
  return undefined;
}

describe('the option authentication', () => {
  test.each([
    [{ agent: true }],
    [{ agent: '/run/agent' }],
    [{ privateKey: KEY }],
    [{ privateKey: Buffer.from(KEY), passphrase: SECRET }],
    [{ privateKeyFile: '~/.ssh/id_rsa', passphrase: () => SECRET }],
    [{ privateKeyFile: '~/.ssh/id_rsa', passphrase: undefined }],
    [{ password: SECRET }],
    [{ password: async () => SECRET }],
    [{ keyboardInteractive: () => [] }],
  ])('takes %o', (way) => {
    expect(faultOf([way, { agent: true }])).toBeUndefined();
  });

  test.each<[unknown, string, string]>([
    [SECRET, 'authentication', 'is no array'],
    [{ password: SECRET }, 'authentication', 'is no array'],
    [[], 'authentication', 'is an empty array'],
    [[SECRET], 'authentication[0]', 'must be an object'],
    [[{ agent: true }, null], 'authentication[1]', 'must be an object'],
    [[{}], 'authentication[0]', 'has none of them'],
    [[{ agent: undefined }], 'authentication[0]', 'has none of them'],
    [[{ passphrase: SECRET }], 'authentication[0]', 'has none of them'],
    [[{ password: SECRET, agent: true }], 'authentication[0]', 'has agent and password'],
    [[{ password: SECRET, passphrase: SECRET }], 'authentication[0].passphrase', 'does not go with password'],
    [[{ pasword: SECRET }], 'authentication[0].pasword', 'is no option'],
    [[{ agent: false }], 'authentication[0].agent', 'is false'],
    [[{ agent: '' }], 'authentication[0].agent', 'is empty'],
    [[{ password: '' }], 'authentication[0].password', 'is empty'],
    [[{ password: 1234 }], 'authentication[0].password', 'is neither text nor a function'],
    [[{ privateKey: KEY, passphrase: 1234 }], 'authentication[0].passphrase', 'is neither text nor a function'],
    [[{ privateKey: '~/.ssh/id_rsa' }], 'authentication[0].privateKey', 'is no private key'],
    [[{ privateKey: SECRET }], 'authentication[0].privateKey', 'is no private key'],
    [[{ privateKeyFile: KEY }], 'authentication[0].privateKeyFile', 'is a private key itself'],
    [[{ privateKeyFile: 5678 }], 'authentication[0].privateKeyFile', 'must be a string'],
    [[{ keyboardInteractive: [SECRET] }], 'authentication[0].keyboardInteractive', 'must be a function'],
  ])('refuses %o without showing it', (value, option, wrong) => {
    const fault = faultOf(value);
    expect(fault).toMatchObject({
      code: 'EXEC_INVALID_OPTION',
      detail: { option },
      message: expect.stringContaining(`${option}: ${wrong}`),
    });
    expect(String(fault)).not.toMatch(/hunter2|1234/);
  });
});
