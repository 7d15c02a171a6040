import { once } from 'node:events';
import { sshExecutor } from '@errand/backend-ssh';
import type { Execution, Executor } from '@errand/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

describe.skipIf(SshServer.isSkipped)('a server that answers no more, on a connection that is open,', () => {
  let host: SshHost;
  let executor: Executor;
  let reading: Execution;

  beforeAll(async () => {
    host = await startSshHost(['dash']);
    executor = sshExecutor(host.options());
    reading = executor.spawn('echo; head -n 1', { stdin: 'pipe' });
    await once(reading.stdout, 'data');
    host.server.pause();
  });

  afterAll(() => host?.stop());

  test('keeps nobody waiting who gives up, and what was not sent is said not to have started', async () => {
    const reason = new Error('given up');
    const given = new AbortController();
    const waiting = Promise.all([
      executor.exec('true', { startTimeoutMs: 300 }).catch((fault: unknown) => fault),
      executor.openSession({ signal: given.signal }).catch((fault: unknown) => fault),
      executor.openTerminal({ signal: given.signal }).catch((fault: unknown) => fault),
      executor.health({ signal: given.signal }),
    ]);
    setTimeout(() => given.abort(reason), 300);
    const since = performance.now();
    const [late, session, terminal, health] = await waiting;
    expect(performance.now() - since).toBeLessThan(5_000);
    expect(late).toMatchObject({ code: 'EXEC_START_TIMEOUT' });
    expect([session, terminal]).toEqual([reason, reason]);
    expect(health).toMatchObject({ ok: false, reason: expect.stringContaining('given up') });
  });

  test('is not waited for by who asks whether a command waits for input', async () => {
    expect(await reading.waitsForInput()).toBe(false);
  });

  test('lets the executor close within seconds', async () => {
    const since = performance.now();
    await executor.close();
    expect(performance.now() - since).toBeLessThan(15_000);
    host.server.resume();
  });
});
