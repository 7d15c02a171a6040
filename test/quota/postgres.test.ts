import { tenantQuota } from '@errand/quota';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresServer } from '../servers/postgres.ts';
import { admitted } from './shared-store.ts';
import { testStore } from './store-cases.ts';

describe.skipIf(PostgresServer.isSkipped)('quotas in PostgreSQL', () => {
  testStore('postgres', () => PostgresServer.start());
});

describe.skipIf(PostgresServer.isSkipped)('a quota in PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);
  afterAll(() => server?.stop());

  test('takes a pool of its owner, who closes it', async () => {
    const client = new pg.Pool({ connectionString: server.url });
    const quota = tenantQuota({ default: { commandsPerHour: 3 }, store: { kind: 'postgres', client, prefix: 'mine' } });
    expect(await admitted([quota], 'a\'";--', 5)).toBe(3);
    await quota.close();
    const { rows } = await client.query('SELECT key, points FROM errand_quota WHERE key LIKE $1', ['mine:%']);
    expect(rows).toEqual([{ key: `mine:tenant:hour:3600:a'";--`, points: '3' }]);
    await client.end();
  });
});
