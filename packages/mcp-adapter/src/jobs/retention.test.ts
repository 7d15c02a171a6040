import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisHost } from './job-host.ts';
import type { JobEnd, JobRecord } from './job-record.ts';
import { JobStore } from './job-store.ts';
import { Retention } from './retention.ts';

const OWNER = { id: 'a'.repeat(32) };
const OTHER = { id: 'b'.repeat(32) };
const HOUR_MS = 3_600_000;
const GONE = { name: hostname(), pid: 4_194_304 };

let root: string;
let store: JobStore;
let retention: Retention;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'errand-retention-'));
  store = new JobStore(() => root);
  retention = new Retention({ store, ttlMs: HOUR_MS, maxBytes: 1_000, isLive: (id) => id === idOf(99) });
});
afterEach(async () => {
  await retention.close();
  await rm(root, { recursive: true, force: true });
});

function idOf(n: number): string {
  return `local-${n.toString(16).padStart(20, '0')}`;
}

function record(n: number, more: Partial<JobRecord> = {}): JobRecord {
  const startedAt = new Date(Date.now() - 2 * HOUR_MS).toISOString();
  const common = { version: 1, target: 'local', command: 'true', timeoutMs: 1, mergeStderr: false, background: false } as const;
  return { ...common, id: idOf(n), startedAt, ttlMs: HOUR_MS, host: thisHost(), ...more };
}

function endedAgo(ms: number, keptBytes = 0): JobEnd {
  return { at: new Date(Date.now() - ms).toISOString(), stdoutBytes: 0, stderrBytes: 0, keptBytes, ok: true, runMs: 1, outcome: 'exited' };
}

/** As if nothing had been written there for so long. */
async function age(owner: { readonly id: string }, n: number, ms: number): Promise<void> {
  const directory = store.directory(owner, idOf(n));
  const then = (Date.now() - ms) / 1_000;
  for (const path of [join(directory, 'job.json'), directory]) await utimes(path, then, then).catch(() => {});
}

const left = async (owner = OWNER): Promise<string[]> => (await store.ids(owner)).sort();

test('what ended longer ago than its own record allows is removed, of every owner', async () => {
  await store.save(OWNER, record(1, { end: endedAgo(2 * HOUR_MS) }));
  await store.save(OWNER, record(2, { end: endedAgo(2 * HOUR_MS), ttlMs: 24 * HOUR_MS }));
  await store.save(OWNER, record(3, { end: endedAgo(1_000) }));
  await store.save(OTHER, record(4, { end: endedAgo(2 * HOUR_MS) }));
  await retention.sweep();
  expect(await left()).toEqual([idOf(2), idOf(3)]);
  expect(await left(OTHER)).toEqual([]);
});

test('what may still run is left alone, however old: here, in a server that lives, on a machine that nobody here knows', async () => {
  await store.save(OWNER, record(99));
  await store.save(OWNER, record(1));
  await store.save(OWNER, record(2, { host: { ...GONE, name: 'elsewhere' } }));
  await store.save(OWNER, record(3, { host: GONE }));
  for (const n of [99, 1, 2, 3]) await age(OWNER, n, 24 * HOUR_MS);
  // Its server is gone, too, but who reads it now is told so for an hour after it last wrote.
  await store.save(OWNER, record(4, { host: GONE }));
  await retention.sweep();
  expect(await left()).toEqual([idOf(1), idOf(2), idOf(4), idOf(99)]);
});

test('a pid that another process has by now is no server that lives', async () => {
  const host = { ...thisHost(), startTime: '1' };
  await store.save(OWNER, record(1, { host }));
  await age(OWNER, 1, 24 * HOUR_MS);
  await retention.sweep();
  expect(await left()).toEqual([]);
});

test('one in the background stays until its target would have forgotten it', async () => {
  await store.save(OWNER, record(1, { background: true, timeoutMs: 24 * HOUR_MS, host: GONE }));
  await store.save(OWNER, record(2, { background: true, timeoutMs: HOUR_MS, host: GONE }));
  for (const n of [1, 2]) await age(OWNER, n, 3 * HOUR_MS);
  await retention.sweep();
  expect(await left()).toEqual([idOf(1)]);
});

test('a directory without a record is removed once nobody can be making it any more', async () => {
  for (const n of [1, 2]) {
    await store.save(OWNER, record(n));
    await writeFile(join(store.directory(OWNER, idOf(n)), 'job.json'), '{"version":1,');
  }
  await age(OWNER, 1, 2 * HOUR_MS);
  await retention.sweep();
  expect(await left()).toEqual([idOf(2)]);
  expect(await store.load(OWNER, idOf(2))).toBeUndefined();
});

test('of too many, or too large ones, the oldest are removed', async () => {
  for (let n = 0; n < 20; n += 1) await store.save(OWNER, record(n, { end: endedAgo(1_000 * (20 - n), 1_000) }));
  await retention.sweep();
  expect(await left()).toEqual(Array.from({ length: 16 }, (_, i) => idOf(i + 4)));
  for (let n = 100; n < 1_110; n += 1) await store.save(OTHER, record(n, { end: endedAgo(1_200_000 - n) }));
  await retention.sweep();
  expect(await left(OTHER)).toEqual(Array.from({ length: 1_000 }, (_, i) => idOf(i + 110)));
});

test('a job that ended is looked after without anybody asking, and everything is for its owner alone', async () => {
  await store.save(OWNER, record(1, { end: endedAgo(2 * HOUR_MS) }));
  retention.ended(OWNER, 1_000);
  await retention.close();
  expect(await left()).toEqual([]);
  await store.save(OWNER, record(2));
  const directory = store.directory(OWNER, idOf(2));
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect((await stat(join(directory, 'job.json'))).mode & 0o777).toBe(0o600);
});
