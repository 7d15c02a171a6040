import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { type SshExecutor, sshExecutor } from '@errand/backend-ssh';
import { type ExecResult, isExecError } from '@errand/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { processFile, processTable } from '../servers/process-table.ts';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

const SCRIPT = 'echo on; (exit 4); echo "code $?"';
/** What a start or an end may take, with the seconds for which a shell tries to fork again. */
const BOUND_MS = 40_000;

describe.skipIf(SshServer.isSkipped)('an account that is out of processes', () => {
  let host: SshHost;
  let executor: SshExecutor;

  beforeAll(async () => {
    host = await startSshHost(['dash']);
  });

  afterEach(async () => {
    await executor.close();
    await expect.poll(() => [host.server.connections(), host.server.commands()], { timeout: BOUND_MS }).toEqual([[], []]);
  });

  afterAll(() => host?.stop());

  /** What runs as the account, which one connection's sshd does too. */
  function own(): number[] {
    const { uid } = host.accounts.of('dash');
    return processTable().flatMap(({ pid }) => (processFile(pid, 'status').includes(`\nUid:\t${uid}\t`) ? [pid] : []));
  }

  /** How many more than there are now it may have; what its connection starts inherits that. */
  function allow(more: number): void {
    const { uid, home } = host.accounts.of('dash');
    const pids = own();
    for (const pid of pids) {
      // Some are gone by now. Root without CAP_SYS_RESOURCE may not, and each may for its own.
      const limit = ['--pid', String(pid), `--nproc=${pids.length + more}:`];
      try {
        execFileSync('prlimit', limit, { uid, gid: statSync(home).gid, stdio: 'pipe' });
      } catch {}
    }
  }

  async function open(): Promise<void> {
    executor = sshExecutor({
      ...host.options(),
      maxConnections: 1,
      lifelineMs: 11_000,
      defaults: { startTimeoutMs: 8_000, timeoutMs: 10_000 },
    });
    await executor.exec('true');
  }

  /** Refused, known, or unknown; a result that is known is right. */
  async function endsRight(execution: Promise<ExecResult>): Promise<void> {
    const since = performance.now();
    const end = await execution.catch((fault: unknown) => fault);
    expect(performance.now() - since).toBeLessThan(BOUND_MS);
    if (isExecError(end)) return expect(end.code).toMatch(/^EXEC_(UNAVAILABLE|START_TIMEOUT|SESSION_CLOSED)$/);
    const { outcome, exitCode, stdout, stderr } = end as ExecResult;
    if (outcome === 'unknown') return;
    const isCutShort = exitCode !== 0 && /fork/.test(stderr.text);
    expect([outcome, isCutShort || `${exitCode} ${stdout.text}`]).toEqual(['exited', isCutShort || '0 on\ncode 4\n']);
  }

  test.each([-1, 1, 4])(
    'has results that are right or unknown, with %i more than it has, and goes on when it may have others',
    async (more) => {
      await open();
      allow(more);
      await endsRight(executor.exec(SCRIPT));
      await endsRight(executor.openSession().then((session) => session.exec(SCRIPT).finally(() => session.close())));
      await endsRight(executor.exec(SCRIPT, { detached: true, keepMs: 1 }));
      allow(10_000);
      expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    },
    120_000,
  );

  test.each([0, 1])(
    'has a session that ends or goes on where its shell is killed, with %i more',
    async (more) => {
      await open();
      const session = await executor.openSession();
      const execution = session.spawn('echo in; read -r line; kill -9 $$', { stdin: 'pipe' });
      await execution[Symbol.asyncIterator]().next();
      allow(more);
      execution.stdin.end('\n');
      expect((await execution.result).outcome).toMatch(/^exited|signaled|timed-out|unknown$/);
      await endsRight(session.exec(SCRIPT));
      allow(10_000);
      await session.close();
      expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    },
    120_000,
  );
});
