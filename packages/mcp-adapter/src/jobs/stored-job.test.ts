import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisHost } from './job-host.ts';
import type { JobRecord } from './job-record.ts';
import { StoredJob } from './stored-job.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-stored-'));
});
afterEach(async () => await rm(directory, { recursive: true, force: true }));

const RECORD: JobRecord = {
  version: 1,
  id: `local-${'0'.repeat(20)}`,
  target: 'local',
  command: 'true',
  startedAt: new Date().toISOString(),
  timeoutMs: 1,
  mergeStderr: false,
  background: false,
  ttlMs: 1_000,
  host: thisHost(),
};

test('of a server that was killed all is read that it wrote, and no more is claimed', async () => {
  await writeFile(join(directory, 'stdout.0'), 'head');
  await writeFile(join(directory, 'stdout.100'), 'tail');
  const job = new StoredJob(RECORD, directory);
  expect(await job.status()).toMatchObject({ state: 'ended', stdoutBytes: 104, stderrBytes: 0, end: { outcome: 'unknown', ok: false } });
  expect(await job.read('stdout', 0, 1_000)).toMatchObject({ offset: 0, bytes: Buffer.from('head'), isLast: true });
  expect(await job.read('stdout', 4, 1_000)).toMatchObject({ offset: 100, bytes: Buffer.from('tail'), isLast: true });
  expect(await job.read('stdout', 102, 1)).toMatchObject({ offset: 102, bytes: Buffer.from('i'), isLast: false });
  expect(await job.read('stderr', 0, 1_000)).toMatchObject({ offset: 0, bytes: Buffer.alloc(0), isLast: true });
});

test('one that is removed while it is read is not found', async () => {
  const job = new StoredJob(RECORD, directory);
  await rm(directory, { recursive: true });
  await expect(job.read('stdout', 0, 10)).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
});
