import { isExecError, type Lease, type Logger } from '@errand/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TenantQuota, tenantQuota } from '../tenant-quota.ts';

/** Nobody listens there. */
const URL = 'redis://:secret@127.0.0.1:1';
const USED = { outcome: 'exited', wallMs: 10, outputBytes: 100 } as const;

const faults: unknown[] = [];
const onFault = (fault: unknown): void => {
  faults.push(fault);
};
const lines: string[] = [];
const logger: Logger = {
  debug: () => {},
  info: (fields, message) => lines.push(`info ${message} ${JSON.stringify(fields)}`),
  warn: (fields, message) => lines.push(`warn ${message} ${JSON.stringify(fields)}`),
  error: () => {},
};

describe('a store that fails', () => {
  beforeEach(() => {
    lines.splice(0);
    faults.splice(0);
    process.on('unhandledRejection', onFault).on('uncaughtException', onFault);
  });
  afterEach(() => {
    process.off('unhandledRejection', onFault).off('uncaughtException', onFault);
  });

  const open = (options: { failOpen?: boolean; logger?: Logger }): TenantQuota =>
    tenantQuota({ default: { commandsPerHour: 5 }, store: { kind: 'redis', url: URL }, ...options });
  const admit = (quota: TenantQuota): Promise<Lease> => quota.admit({ executionId: 'x', target: 't', labels: {}, tenant: 'a' });

  test('and lets commands through is told once, with what follows, and without its password', async () => {
    const quota = open({ failOpen: true, logger });
    for (let i = 0; i < 3; i += 1) (await admit(quota)).settle(USED);
    await quota.close();
    expect(lines).toEqual([
      expect.stringMatching(
        /^warn quota: the Redis store at 127\.0\.0\.1:1 failed, so commands are admitted without being counted, and what they used is lost, until it answers: connect ECONNREFUSED 127\.0\.0\.1:1\. /,
      ),
    ]);
    expect(lines.join()).not.toContain('secret');
  });

  test('and refuses commands tells their callers alone; usage that is lost is told', async () => {
    const quota = open({ logger });
    await expect(admit(quota)).rejects.toSatisfy((fault) => isExecError(fault) && fault.code === 'EXEC_UNAVAILABLE');
    expect(lines).toEqual([]);
    quota.setDefault({ maxRunning: 1 });
    const lease = await admit(quota);
    quota.setDefault({ wallMs: 1_000 });
    lease.settle(USED);
    await quota.close();
    expect(lines).toEqual([
      expect.stringMatching(
        /^warn quota: the Redis store at 127\.0\.0\.1:1 failed, so what commands used is lost until it answers: connect ECONNREFUSED 127\.0\.0\.1:1\. /,
      ),
    ]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('the disk is full');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('the disk is full');
      },
    ],
  ])('hurts nobody with a logger that %s', async (_how, fail) => {
    const quota = open({ failOpen: true, logger: { debug: fail, info: fail, warn: fail, error: fail } });
    (await admit(quota)).settle(USED);
    await quota.close();
    expect(faults).toEqual([]);
  });
});
