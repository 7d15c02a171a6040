import { tenantQuota } from '@errand/quota';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisServer } from '../servers/redis.ts';
import { admitted, of, outcome, recovered } from './shared-store.ts';
import { testStore } from './store-cases.ts';

describe.skipIf(RedisServer.isSkipped)('quotas in Redis', () => {
  testStore('redis', () => RedisServer.start());
});

describe.skipIf(RedisServer.isSkipped)('a quota in Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server?.stop());

  test('that hangs refuses after a time, and gives back what came too late', async () => {
    const quota = tenantQuota({ default: { commandsPerHour: 1 }, storeTimeoutMs: 300, store: { kind: 'redis', url: server.url } });
    (await quota.admit(of('hangs'))).settle();
    server.pause();
    expect(await outcome(quota, 'hangs')).toEqual(['EXEC_UNAVAILABLE', expect.stringContaining('Redis')]);
    server.resume();
    await recovered(quota, 'hangs');
    await quota.close();
  });

  test('takes a client of its owner, who closes it', async () => {
    const client = new Redis(server.url);
    const quota = tenantQuota({ default: { commandsPerHour: 3 }, store: { kind: 'redis', client, prefix: 'mine' } });
    expect(await admitted([quota], 'a', 5)).toBe(3);
    await quota.close();
    expect((await client.keys('*')).filter((key) => key.startsWith('mine:'))).toEqual(['mine:tenant:hour:3600:a']);
    await client.quit();
  });
});
