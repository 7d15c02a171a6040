import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Supervisor } from '../supervisor/supervisor.ts';
import { baseEnvironment } from './environment.ts';
import { LocalDriver } from './local-driver.ts';
import { LocalFiles } from './local-files.ts';
import { localSupports } from './local-supports.ts';
import { openLocalShell } from './open-local-shell.ts';

test('warm shells are told for how long starts of processes keep this one', async () => {
  const supervisor = new Supervisor({
    openShell: () => openLocalShell(),
    executorMarker: randomBytes(16).toString('hex'),
    lifelineMs: 30_000,
  });
  const driver = new LocalDriver({
    supports: localSupports(),
    environment: baseEnvironment(undefined),
    files: new LocalFiles(undefined),
    supervisor,
  });
  expect(driver.warm.startMs?.()).toBe(0);
  const request = { executionId: 'a', marker: 'a', nonce: '', env: {}, shell: '/bin/sh', limits: {}, mergeStderr: false, stdin: false };
  const process = await driver.start({ ...request, command: ['true'], killGraceMs: 1_000 }, new AbortController().signal);
  await process.exit;
  expect(driver.warm.startMs?.()).toBeGreaterThan(0);
  await driver.close();
});
