import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from '@errand/core';
import { type StoreOptions, type TenantQuota, type TenantQuotaOptions, tenantQuota } from '@errand/quota';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { admitted, of, outcome, recovered } from './shared-store.ts';

const USED = { outcome: 'exited', wallMs: 700, outputBytes: 5_000_000_000 } as const;

/** A server that a test may end in the middle. */
interface Server {
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** What holds in every store that processes share. Inside of a `describe`. */
export function testStore(kind: 'redis' | 'postgres', startServer: () => Promise<Server>): void {
  let server: Server;
  const quotas: TenantQuota[] = [];
  const store = (): StoreOptions => ({ kind, url: server.url });
  const open = (options: Omit<TenantQuotaOptions, 'store'>): TenantQuota => {
    const quota = tenantQuota({ ...options, store: store() });
    quotas.push(quota);
    return quota;
  };
  beforeAll(async () => {
    server = await startServer();
  }, 60_000);
  afterEach(() => Promise.all(quotas.splice(0).map((quota) => quota.close())));
  afterAll(() => server?.stop());

  test('several quotas share one rate, however their commands come together', async () => {
    const three = [1, 2, 3].map(() => open({ default: { commandsPerHour: 25 } }));
    expect(await admitted(three, 'shared', 60)).toBe(25);
    expect(await admitted(three, 'other', 20)).toBe(20);
  });

  test('and so do several processes', async () => {
    const run = async (): Promise<number> => {
      const args = [
        '--conditions=@errand/source',
        `${import.meta.dirname}/other-process.fixture.ts`,
        JSON.stringify(store()),
        'processes',
        '30',
      ];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
      expect(stderr).toBe('');
      return Number(stdout);
    };
    const counts = await Promise.all([run(), run(), run()]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
  });

  test('what did not start is given back to all, and what was used counts for all', async () => {
    const [one, two] = [1, 2].map(() => open({ default: { commandsPerMinute: 1, wallMs: 1_000, outputBytes: 2 ** 40 } }));
    if (!one || !two) throw new Error('two were opened');
    const lease = await one.admit(of('back'));
    expect(await admitted([two], 'back', 3)).toBe(0);
    lease.settle();
    await expect.poll(() => admitted([two], 'back', 1), { timeout: 10_000 }).toBe(1);
    const [three, four] = [1, 2].map(() => open({ default: { wallMs: 1_000, outputBytes: 2 ** 40 } }));
    for (let i = 0; i < 2; i += 1) (await three?.admit(of('used')))?.settle(USED);
    await expect
      .poll(() => four && outcome(four, 'used'), { timeout: 10_000 })
      .toEqual(['EXEC_QUOTA', expect.stringContaining('wallMs (1,000)')]);
  });

  test('a window ends in the store', async () => {
    const quota = open({ default: { outputBytes: 10, windowMs: 1_000 } });
    (await quota.admit(of('window'))).settle(USED);
    await expect.poll(async () => (await outcome(quota, 'window'))[0], { timeout: 10_000 }).toBe('EXEC_QUOTA');
    await recovered(quota, 'window');
  });

  test('a store that is killed refuses all, or lets all through, as it was told, and no longer when it is back', async () => {
    const closed = open({ default: { commandsPerMinute: 1_000 } });
    const openly = open({ default: { commandsPerMinute: 1 }, failOpen: true });
    const lease = await closed.admit(of('killed'));
    await openly.admit(of('open'));
    expect(await outcome(openly, 'open')).toEqual(['EXEC_QUOTA', expect.anything()]);
    await server.kill();
    const [code, message] = await outcome(closed, 'killed');
    expect([code, message]).toEqual([
      'EXEC_UNAVAILABLE',
      expect.stringMatching(/^quota: the (Redis|PostgreSQL) store at 127\.0\.0\.1:\d+ failed, so nothing was started: .*failOpen/),
    ]);
    expect(message).not.toContain('secret');
    expect(await outcome(openly, 'open')).toEqual(['admitted', '']);
    // Nobody hears of it that what was used is not counted.
    lease.settle(USED);
    await server.start();
    await recovered(closed, 'killed');
  });

  test('a store that fails is told once, and that it answers again', async () => {
    const lines: string[] = [];
    const line = (_fields: object, message: string): void => void lines.push(message);
    const logger: Logger = { debug: line, info: line, warn: line, error: line };
    const quota = open({ default: { commandsPerHour: 1_000, wallMs: 2 ** 40 }, failOpen: true, logger });
    const lease = await quota.admit(of('told'));
    await server.kill();
    for (let i = 0; i < 2; i += 1) await quota.admit(of('told'));
    lease.settle(USED);
    await server.start();
    await expect.poll(() => quota.admit(of('told')).then(() => lines.at(-1)), { timeout: 10_000 }).toMatch(/answers again/);
    expect(lines).toEqual([
      expect.stringMatching(
        /^quota: the (Redis|PostgreSQL) store.* failed, so commands are admitted without being counted, and what they used is lost, until it answers: /,
      ),
      expect.stringMatching(/^quota: the (Redis|PostgreSQL) store.* answers again, and commands are counted\.$/),
    ]);
  });

  test('a store that was never there refuses, says why, and shows no password', async () => {
    const url = kind === 'redis' ? 'redis://:secret@127.0.0.1:1' : 'postgres://u:secret@127.0.0.1:1/db';
    const quota = tenantQuota({ default: { commandsPerHour: 5 }, store: { kind, url } });
    const [code, message] = await outcome(quota, 'a');
    const says = `quota: the ${kind === 'redis' ? 'Redis' : 'PostgreSQL'} store at 127.0.0.1:1 failed, so nothing was started: connect ECONNREFUSED 127.0.0.1:1. `;
    expect([code, message]).toEqual(['EXEC_UNAVAILABLE', expect.stringContaining(says)]);
    expect(message).not.toContain('secret');
    // Limits that need no store hold without it.
    quota.setDefault({ maxRunning: 1 });
    expect(await outcome(quota, 'a')).toEqual(['admitted', '']);
    await quota.close();
  });
}
