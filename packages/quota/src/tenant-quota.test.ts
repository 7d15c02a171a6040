import { type AdmissionRequest, isExecError, type Lease, type Usage } from '@errand/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { allOf } from './all-of.ts';
import { tenantQuota } from './tenant-quota.ts';

const USED: Usage = { outcome: 'exited', wallMs: 10, outputBytes: 100 };
const of = (tenant?: string, labels: Record<string, string> = {}): AdmissionRequest => ({
  executionId: 'x',
  target: 't',
  labels,
  ...(tenant !== undefined && { tenant }),
});

async function refusal(asked: Promise<unknown>): Promise<{ message: string; limit?: string; value?: number; retryAfterMs?: number }> {
  const fault: unknown = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isExecError(fault)) throw new Error(`It should have been refused, and was not: ${String(fault)}`);
  expect(fault.code).toBe('EXEC_QUOTA');
  return { message: fault.message, ...fault.detail };
}

describe('a tenant quota', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  test('takes limits that are inherited, and reads each once', async () => {
    let reads = 0;
    const odd = {
      get commandsPerMinute() {
        reads += 1;
        return reads > 1 ? 1_000 : 0;
      },
    };
    const quota = tenantQuota({
      default: Object.create({ commandsPerMinute: 0 }),
      tenants: { odd, plain: Object.create({ maxRunning: 0 }) },
    });
    for (const tenant of ['a', 'odd', 'plain']) expect((await refusal(quota.admit(of(tenant)))).value).toBe(0);
    quota.setLimits('a', Object.create({ commandsPerMinute: 0 }));
    expect((await refusal(quota.admit(of('a')))).value).toBe(0);
    expect(reads).toBe(1);
  });

  test('admits so many commands a minute of each tenant, and says what was reached and when to try again', async () => {
    const quota = tenantQuota({ default: { commandsPerMinute: 2 }, tenants: { ci: { commandsPerMinute: 3 } } });
    for (const tenant of ['a', 'a', 'ci', 'ci', 'ci', undefined, undefined]) await quota.admit(of(tenant));
    vi.advanceTimersByTime(20_000);
    const { message, ...detail } = await refusal(quota.admit(of('a')));
    expect(detail).toEqual({ limit: 'commandsPerMinute', value: 2, retryAfterMs: 40_000 });
    expect(message).toBe("quota: the tenant 'a' has reached commandsPerMinute (2), so nothing was started. Try again in 40 seconds.");
    expect((await refusal(quota.admit(of('ci')))).value).toBe(3);
    expect((await refusal(quota.admit(of()))).message).toContain('who has no tenant');
    vi.advanceTimersByTime(40_000);
    await quota.admit(of('a'));
  });

  test('shows no character of a tenant that a terminal would obey', async () => {
    const quota = tenantQuota({ default: { commandsPerMinute: 0 } });
    const { message } = await refusal(quota.admit(of("a\n\u001b[31mb\u009b\u007f\u202e'\u2028 \\ü")));
    expect(message).toContain(String.raw`the tenant 'a\n\u001b[31mb\u009b\u007f\u202e\'\u2028 \\ü' has reached`);
  });

  test('lets a burst through beyond the rate, so much of it an hour', async () => {
    const quota = tenantQuota({ default: { commandsPerMinute: 2, burst: 3 } });
    for (let i = 0; i < 5; i += 1) await quota.admit(of('a'));
    expect(await refusal(quota.admit(of('a')))).toMatchObject({ limit: 'commandsPerMinute', value: 2, retryAfterMs: 60_000 });
    vi.advanceTimersByTime(60_000);
    for (let i = 0; i < 2; i += 1) await quota.admit(of('a'));
    await refusal(quota.admit(of('a')));
    vi.advanceTimersByTime(3_600_000);
    for (let i = 0; i < 5; i += 1) await quota.admit(of('a'));
  });

  test('holds to the hour too, and tells the limit that takes longest', async () => {
    const quota = tenantQuota({ default: { commandsPerMinute: 1, commandsPerHour: 1 } });
    await quota.admit(of('a'));
    expect(await refusal(quota.admit(of('a')))).toMatchObject({ limit: 'commandsPerHour', retryAfterMs: 3_600_000 });
    vi.advanceTimersByTime(3_000_000);
    expect(await refusal(quota.admit(of('a')))).toMatchObject({ limit: 'commandsPerHour', retryAfterMs: 600_000 });
  });

  test('those that were refused count nothing, and what did not start is given back, while its window lasts', async () => {
    const quota = tenantQuota({ default: { commandsPerMinute: 1, commandsPerHour: 2 } });
    const lease = await quota.admit(of('a'));
    for (let i = 0; i < 5; i += 1) await refusal(quota.admit(of('a')));
    lease.settle();
    const again = await quota.admit(of('a'));
    vi.advanceTimersByTime(60_000);
    // Its minute is over: the next one has nothing of it. Its hour is not.
    again.settle();
    await quota.admit(of('a'));
    expect((await refusal(quota.admit(of('a')))).limit).toBe('commandsPerMinute');
    vi.advanceTimersByTime(60_000);
    (await quota.admit(of('a'))).settle({ ...USED, outcome: 'unknown' });
    vi.advanceTimersByTime(60_000);
    expect((await refusal(quota.admit(of('a')))).limit).toBe('commandsPerHour');
  });

  test.each([
    ['cpuMs', { ...USED, cpuMs: 60 }, 100],
    ['wallMs', { ...USED, wallMs: 59.5 }, 100],
    ['outputBytes', { ...USED, outputBytes: 60 }, 100],
  ] as const)('admits nothing more once %s of a window are used up', async (limit, used, value) => {
    const quota = tenantQuota({ default: { [limit]: value, windowMs: 10_000 } });
    const leases = [await quota.admit(of('a')), await quota.admit(of('a'))];
    leases[0]?.settle(used);
    (await quota.admit(of('a'))).settle();
    leases[1]?.settle(used);
    await Promise.resolve();
    expect(await refusal(quota.admit(of('a')))).toMatchObject({ limit, value, retryAfterMs: 10_000 });
    await quota.admit(of('b'));
    vi.advanceTimersByTime(10_000);
    await quota.admit(of('a'));
  });

  test('where the target tells no cpu time, none counts', async () => {
    const quota = tenantQuota({ default: { cpuMs: 1 } });
    (await quota.admit(of('a'))).settle(USED);
    await Promise.resolve();
    await quota.admit(of('a'));
  });

  test('refuses what may never run, and says no time', async () => {
    for (const limit of ['maxRunning', 'commandsPerMinute', 'commandsPerHour', 'wallMs'] as const) {
      const { message, ...detail } = await refusal(tenantQuota({ tenants: { a: { [limit]: 0 } } }).admit(of('a')));
      expect(detail).toEqual({ limit, value: 0 });
      expect(message).toContain('Raise the limit');
    }
  });

  test('its gate lets so many run at once, and tells when one more may', async () => {
    const quota = tenantQuota({ default: { maxRunning: 1 } });
    const [one, two] = [await quota.admit(of('a')), await quota.admit(of('a'))];
    const gate = two.gates?.[0];
    const opened = vi.fn();
    gate?.onOpen(opened);
    one.run?.();
    expect([gate?.isOpen, opened.mock.calls.length]).toEqual([false, 0]);
    quota.setLimits('a', { maxRunning: 2 });
    expect([gate?.isOpen, opened.mock.calls.length]).toEqual([true, 1]);
    quota.setLimits('a', {});
    one.settle(USED);
    one.settle(USED);
    expect([gate?.isOpen, opened.mock.calls.length]).toEqual([true, 2]);
  });

  test('refuses one more than may wait; what runs is none of them', async () => {
    const quota = tenantQuota({ default: { maxQueued: 1 } });
    const leases: Lease[] = [];
    for (let i = 0; i < 3; i += 1) leases.push(await quota.admit(of('a')));
    leases[0]?.wait?.();
    expect(() => leases[1]?.wait?.()).toThrow(
      expect.objectContaining({ code: 'EXEC_QUOTA', detail: { limit: 'maxQueued', value: 1, retryAfterMs: 1_000 } }),
    );
    leases[1]?.settle();
    leases[0]?.run?.();
    leases[2]?.wait?.();
  });

  test('limits change at run time, the default and one of their own', async () => {
    const quota = tenantQuota({ default: { commandsPerMinute: 1 }, tenants: { own: { commandsPerHour: 100 } } });
    await quota.admit(of('a'));
    await quota.admit(of('own'));
    await refusal(quota.admit(of('own')));
    quota.setDefault({ commandsPerMinute: 2 });
    await quota.admit(of('a'));
    await quota.admit(of('own'));
    await refusal(quota.admit(of('a')));
    quota.setLimits('a', { commandsPerMinute: 3 });
    await quota.admit(of('a'));
    await refusal(quota.admit(of('own')));
  });

  test('is chosen by what the request says, and composes: where a later one refuses, the earlier has nothing counted', async () => {
    const tenants = tenantQuota({ default: { commandsPerMinute: 3 } });
    const users = tenantQuota({ name: 'user', by: ({ labels }) => labels['user'], default: { commandsPerMinute: 1, maxRunning: 1 } });
    const quota = allOf(tenants, users);
    const lease = await quota.admit(of('a', { user: 'x' }));
    for (let i = 0; i < 5; i += 1)
      expect(await refusal(quota.admit(of('a', { user: 'x' })))).toMatchObject({ message: expect.stringContaining("the user 'x'") });
    await quota.admit(of('a', { user: 'y' }));
    lease.run?.();
    expect(lease.gates?.map(({ isOpen }) => isOpen)).toEqual([true, false]);
    lease.settle();
    await quota.admit(of('a', { user: 'x' }));
    await quota.admit(of('a', { user: 'z' }));
    expect((await refusal(quota.admit(of('a', { user: 'w' })))).message).toContain("the tenant 'a'");
  });

  test.each([
    ['a promise', async () => 'x'],
    ['a promise', () => Promise.reject(new Error('not found'))],
    ['a number', () => 5],
    ['null', () => null],
  ])('refuses a command whose by gives %s, and lets others through', async (what, given) => {
    const by = ({ tenant }: AdmissionRequest): unknown => (tenant === 'wrong' ? given() : tenant);
    const quota = tenantQuota({ by: by as () => string, default: { maxRunning: 1 } });
    await expect(quota.admit(of('wrong'))).rejects.toMatchObject({
      code: 'EXEC_INVALID_OPTION',
      detail: { option: 'by' },
      message: `by: gave ${what}, so nothing was started. Allowed: a string or undefined, at once and not as a promise.`,
    });
    await quota.admit(of());
  });

  test.each([
    ['tenant', () => tenantQuota().setLimits(undefined as never, {})],
    ['tenant', () => tenantQuota().setLimits(5 as never, {})],
    ['limits', () => tenantQuota().setLimits('a', undefined as never)],
    ['limits', () => tenantQuota().setDefault(undefined as never)],
    ['quotas[0]', () => allOf(undefined as never, {} as never)],
    ['quotas[1]', () => allOf(tenantQuota(), {} as never)],
  ])('refuses at once what %s must not be', (option, call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'EXEC_INVALID_OPTION', detail: { option } }));
  });

  test.each([
    [{ default: { maxRunning: -1 } }, 'default.maxRunning'],
    [{ tenants: { a: { nothing: 1 } } }, 'tenants.a.nothing'],
    [{ store: { kind: 'disk' } }, 'store.kind'],
    [{ store: { kind: 'redis' } }, 'store'],
    [{ store: { kind: 'redis', url: 'http://secret@x' } }, 'store.url'],
    [{ store: { kind: 'postgres', url: 'secret' } }, 'store.url'],
    [{ store: { kind: 'redis', url: 'redis://:secret/secret@localhost:1' }, failOpen: true }, 'store.url'],
    [{ store: { kind: 'redis', url: 'redis://:secret%@localhost:1' } }, 'store.url'],
    [{ store: { kind: 'redis', url: 'redis://localhost:65536' } }, 'store.url'],
    [{ store: { kind: 'redis', url: 'redis://:x@secret/x@localhost:1' } }, 'store.url'],
    [{ store: { kind: 'postgres', url: 'postgres://secret:12?x@localhost/db' } }, 'store.url'],
    [{ store: { kind: 'postgres', url: 'postgres://u:x@/secret@localhost/db' } }, 'store.url'],
    [{ store: { kind: 'redis', url: '//:secret/x@localhost' } }, 'store.url'],
    [{ store: { kind: 'postgres', url: 'postgres://u:secret/secret@localhost/db' } }, 'store.url'],
    [{ store: { kind: 'redis', url: 'redis://x' }, by: () => 'x' }, 'name'],
    [{ by: 5 }, 'by'],
    [{ failOpen: 1 }, 'failOpen'],
    [{ logger: { warn: () => {} } }, 'logger'],
    [{ storeTimeoutMs: 0 }, 'storeTimeoutMs'],
    [{ nothing: 1 }, 'nothing'],
  ])('refuses the options %j', (options, option) => {
    const fault = expect.objectContaining({
      code: 'EXEC_INVALID_OPTION',
      detail: { option },
      message: expect.not.stringContaining('secret'),
    });
    expect(() => tenantQuota(options as never)).toThrow(fault);
  });

  test.each([
    ['redis', 'redis://localhost'],
    ['redis', 'redis://user:s%2Fcret@[::1]:6379/3'],
    ['redis', 'rediss://:secret@redis.example:6380'],
    ['redis', '/run/redis.sock'],
    ['postgres', 'postgresql://u:100%25@localhost/db?sslmode=disable'],
    ['postgres', 'postgres://u@/db?host=/run/postgresql'],
    ['postgres', 'postgres:///db'],
  ] as const)('takes a store %s at %s', async (kind, url) => {
    await tenantQuota({ store: { kind, url } }).close();
  });
});
