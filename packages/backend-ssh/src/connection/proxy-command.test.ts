import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { openProxyCommand } from './proxy-command.ts';

test.skipIf(process.platform === 'win32')('a ProxyCommand that does not heed SIGTERM is killed with all that it started', async () => {
  const line = `sh -c 'trap "" TERM; (while :; do sleep 1; done) & echo $$; wait'`;
  const stream = await openProxyCommand(line, new AbortController().signal);
  const [said] = await once(stream, 'data');
  const group = -Number(said.toString());
  expect(process.kill(group, 0)).toBe(true);
  stream.destroy();
  await vi.waitFor(() => expect(() => process.kill(group, 0)).toThrow('ESRCH'), { timeout: 8_000 });
});
