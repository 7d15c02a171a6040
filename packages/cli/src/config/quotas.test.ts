import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigRig } from './config-rig.fixture.ts';
import { faultLine } from './fault.ts';

const rig = new ConfigRig();

beforeAll(() => rig.make());

afterAll(() => rig.remove());

const ONE = 'version: 1\ntargets:\n  here: { kind: local }\n';
const PREFIX = "quotas.store.prefix: is not allowed. Allowed: 1 to 64 letters, digits, '-', '_', '.' and ':'.";

describe('quotas in a configuration file', () => {
  test.each([
    ['{ kind: redis, url: redis://localhost, prefix: "bad prefix!" }', [`4:65: ${PREFIX}`]],
    [`{ kind: redis, url: redis://localhost, prefix: ${'p'.repeat(65)} }`, [`4:65: ${PREFIX}`]],
    ['{ prefix: a:b }', ['4:28: quotas.store.prefix: stands beside memory. Allowed: with kind: redis or postgres.']],
    [
      '{ kind: memory, url: redis://h, prefix: a }',
      [
        '4:39: quotas.store.url: stands beside memory. Allowed: with kind: redis or postgres.',
        '4:58: quotas.store.prefix: stands beside memory. Allowed: with kind: redis or postgres.',
      ],
    ],
  ])('have no store %s', async (store, faults) => {
    expect(await rig.faults(`${ONE}quotas: { store: ${store} }\n`)).toEqual(faults);
  });

  test.each([
    ['redis', 'redis://:s3cr/et@localhost:1'],
    ['redis', 'rediss://h:s3cret'],
    ['redis', 'http://:s3cret@h'],
    ['redis', '//:s3cret@h'],
    ['postgres', 'postgres://me:s3cr/et@h/d'],
    ['postgres', 'postgresql://h:s3cret/d'],
  ])('have no store %s at %s, which no message shows', async (kind, url) => {
    const [found, ...more] = await rig.faults(`${ONE}quotas: { store: { kind: ${kind}, url: "${url}" } }\n`);
    expect(found).toMatch(new RegExp(`^4:${33 + kind.length}: quotas\\.store\\.url: is no URL of ${kind}\\. Allowed: `));
    expect([found, ...more].join()).not.toMatch(/s3cr/);
    expect(more).toEqual([]);
  });

  test.each([
    ['redis', 'redis://:s3cr%2Fet@localhost:1/2'],
    ['redis', 'rediss://[::1]'],
    ['redis', '/run/redis/redis.sock'],
    ['postgres', 'postgres://me:s3cret@h:1/d?sslmode=require'],
    ['postgres', 'postgresql:///d?host=/run/postgresql'],
  ])('may have a store %s at %s', async (kind, url) => {
    const { quotas } = await rig.read(`${ONE}quotas: { store: { kind: ${kind}, url: "${url}", prefix: "my-app_1.x:" } }\n`);
    expect(quotas?.store).toEqual({ kind, url, prefix: 'my-app_1.x:' });
  });

  test('may let a tenant have none of what the others have', async () => {
    const { quotas } = await rig.read(`${ONE}quotas:
  default: { commandsPerMinute: 60, burst: 20, cpu: 1h, wall: 2h, output: 1GiB }
  tenants: { ci: { burst: 0, cpu: 0s, wall: 0s, output: 0B } }
`);
    expect(quotas?.tenants?.['ci']).toEqual({ burst: 0, cpuMs: 0, wallMs: 0, outputBytes: 0 });
  });

  test('give warnings at limits that bind nothing', async () => {
    const { warnings } = await rig.read(`${ONE}quotas:
  default: { burst: 5, window: 2h }
  tenants: { a: { burst: 0 }, b: { maxRunning: 3, window: 1m } }
`);
    expect(warnings.map((warning) => faultLine('', warning).slice(1))).toEqual([
      '5:21: quotas.default.burst: does nothing without commandsPerMinute.',
      '5:32: quotas.default.window: does nothing without wall, output or cpu.',
      '6:26: quotas.tenants.a.burst: does nothing without commandsPerMinute.',
      '6:59: quotas.tenants.b.window: does nothing without wall, output or cpu.',
    ]);
  });

  test('give none where a tenant and all tenants make up for each other', async () => {
    const { warnings } = await rig.read(`${ONE}quotas:
  default: { burst: 5, wall: 2h }
  tenants: { a: { commandsPerMinute: 60 }, b: { window: 1m } }
`);
    expect(warnings).toEqual([]);
  });
});
