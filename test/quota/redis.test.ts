import { tenantQuota } from '@errand/quota';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
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

  test.each(['ioredis', 'redis'] as const)('takes a client of its owner, of the package %s', async (name) => {
    const client = name === 'redis' ? await createClient({ url: server.url }).connect() : new Redis(server.url);
    const quota = tenantQuota({ default: { commandsPerHour: 3, wallMs: 5 }, store: { kind: 'redis', client, prefix: name } });
    expect(await admitted([quota], 'a', 5)).toBe(3);
    (await quota.admit(of('b'))).settle({ outcome: 'exited', wallMs: 5, outputBytes: 0 });
    await expect.poll(async () => (await outcome(quota, 'b'))[0], { timeout: 10_000 }).toBe('EXEC_QUOTA');
    await quota.close();
    // Its owner closes it.
    expect(await client.get(`${name}:tenant:hour:3600:a`)).toBe('3');
    await client.quit();
  });
});
