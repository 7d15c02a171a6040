import { expect, test } from 'vitest';
import { addressOf } from './address-of.ts';
import type { StoreOptions } from './store-options.ts';

test.each([
  ['redis', 'redis://:secret@127.0.0.1:1/3', '127.0.0.1:1'],
  ['redis', 'rediss://user:secret@redis.example', 'redis.example:6379'],
  ['redis', 'redis://[::1]', '[::1]:6379'],
  ['redis', 'redis:///3', 'localhost:6379'],
  ['redis', 'redis://here?host=there&port=1', 'here:1'],
  ['redis', '/run/redis.sock?password=secret', '/run/redis.sock'],
  ['postgres', 'postgres://u:secret@db/name?password=secret', 'db:5432'],
  ['postgres', 'postgres://u:secret@/name?host=/run/postgresql', '/run/postgresql'],
  ['postgres', 'postgres://u:secret@/name', 'localhost:5432'],
  ['postgres', 'postgres://u:secret@db/name?port=5433', 'db:5433'],
] as const)('of a store %s at %s', (kind, url, address) => {
  expect(addressOf({ kind, url })).toBe(address);
});

test('of a client of its owner nothing is known', () => {
  expect(addressOf({ kind: 'redis', client: {} } as unknown as StoreOptions)).toBeUndefined();
});
