import { expect, test } from 'vitest';
import { sshExecutor } from './ssh-executor.ts';
import type { SshExecutorOptions } from './ssh-options.ts';

function open(options: object): void {
  void sshExecutor({ host: 'target', configFile: false, ...options } as SshExecutorOptions).close();
}

test.each([
  ['none', []],
  ['text', ['bastion', 'deploy@bastion:2222', 'ssh://a%40b@bastion:22/', '[2001:db8::1]:22', '[::1]', '10.0.0.1', 'a@b@c']],
  ['what is said of each', [{ host: 'bastion' }, { host: '::1', port: 22, user: 'u', authentication: [{ agent: true }], hostKey: {} }]],
])('jumps may be %s', (_what, jumps) => {
  expect(() => open({ jumps })).not.toThrow();
});

test.each<[string, unknown, string]>([
  ['no array', 'bastion', 'jumps: is no array'],
  ['too many', Array(9).fill('bastion'), 'jumps: has 9 hosts'],
  ['a number', ['bastion', 7], 'jumps[1]: must be an object'],
  ['no host', [{ user: 'deploy' }], 'jumps[0].host: is missing'],
  ['an unknown key', [{ host: 'a', name: 'b' }], 'jumps[0].name: is no option. Allowed: host, port, user, authentication, hostKey'],
  ['a bad host', ['a', { host: '-oProxyCommand=x' }], 'jumps[1].host: is not allowed'],
  ['a bad port', [{ host: 'a', port: 0 }], 'jumps[0].port: 0 is out of range'],
  ['a bad user', [{ host: 'a', user: '-l' }], 'jumps[0].user: is not allowed'],
  ['no way to log in', [{ host: 'a', authentication: [] }], 'jumps[0].authentication: is an empty array'],
  [
    'two ways at once',
    [{ host: 'a', authentication: [{ agent: true, password: 'secret' }] }],
    'jumps[0].authentication[0]: has agent and password',
  ],
  ['no fingerprint', [{ host: 'a', hostKey: { fingerprint: 'md5' } }], 'jumps[0].hostKey.fingerprint: is not allowed'],
  ['several in one text', ['a,b'], 'jumps[0]: is no host'],
  ['an empty text', [''], 'jumps[0]: is not allowed'],
  ['an IPv6 address without brackets', ['2001:db8::1'], 'jumps[0]: is no host'],
  ['half of the brackets', ['[::1'], 'jumps[0]: is no host'],
  ['a dash in front of the text', ['-oProxyCommand=x'], 'jumps[0]: is not allowed'],
  ['a dash in front of its user', ['-l@a'], 'jumps[0].user: is not allowed'],
  ['a port that is none', ['a:70000'], 'jumps[0].port: 70000 is out of range'],
  ['a user that is badly encoded', ['ssh://%zz@a'], 'jumps[0]: is no host'],
])('jumps that are %s are refused before anything starts', (_what, jumps, message) => {
  const fault = expect.objectContaining({ code: 'EXEC_INVALID_OPTION', message: expect.stringContaining(message) });
  expect(() => open({ jumps })).toThrow(fault);
  expect(() => open({ jumps })).not.toThrow(/secret/);
});

test('jumps beside connect are refused', () => {
  const connect = (): Promise<never> => Promise.reject(new Error('no'));
  expect(() => open({ jumps: ['a'], connect })).toThrow(/^jumps: stands beside connect/);
});
