import { describe, expect, test } from 'vitest';
import { presentedHostKey, sshExecutor } from './ssh-executor.ts';

const NOT = { code: 'EXEC_INVALID_OPTION' };

describe('options of sshExecutor', () => {
  test.each(['', '-oProxyCommand=x', 'a b', 'a\nb', 'a\0b', 'a\x1b[2Jb', 'a\u202eb', '\ud800', 'x'.repeat(256), 22, null])(
    'refuse %j as a host',
    (host) => expect(() => sshExecutor({ host: host as string })).toThrow(expect.objectContaining(NOT)),
  );

  test.each(['', '-l', 'a\nb', 'a\rb', 'a\0b', '\ud800', 'x'.repeat(257), {}])('refuse %j as a user', (user) =>
    expect(() => sshExecutor({ host: 'h', user: user as string })).toThrow(expect.objectContaining(NOT)),
  );

  test.each([null, undefined, 'host', [], {}])('are objects that name a host, also to look at its key: not %j', async (options) => {
    expect(() => sshExecutor(options as never)).toThrow(expect.objectContaining(NOT));
    await expect(presentedHostKey(options as never)).rejects.toMatchObject(NOT);
  });
});
