import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import type { DriverProcess, ProcessExit } from '../driver.ts';
import { poll } from '../testing/tools/poll.ts';
import { childrenOf } from '../testing/tools/processes.ts';
import { cleanUp, loopOf, supervisorRig } from '../testing/tools/supervisor-rig.ts';
import { guarded } from './guarded.ts';

afterEach(cleanUp);

test('a command that was found gone before its exit was told is released at its exit, and nothing follows', async () => {
  const { supervisor, key, written } = supervisorRig('/bin/sh');
  const exit = Promise.withResolvers<ProcessExit>();
  const gone: DriverProcess = { stdout: Readable.from([]), stderr: Readable.from([]), exit: exit.promise, kill: async () => false };
  const command = guarded(gone, { supervisor, key: key('a') });
  supervisor.register({ key: key('a'), pid: 2 ** 22, startTime: '1', deadlineMs: 60_000, killGraceMs: 60_000 });
  const loop = await loopOf(supervisor);
  await poll('it ticks', 5_000, () => childrenOf(loop).length > 0);
  expect(await command.kill?.('SIGTERM', 'tree')).toBe(false);
  expect(written.join('')).not.toContain('U a');
  exit.resolve({ signal: 'SIGTERM' });
  await command.exit;
  await poll('it was released', 5_000, () => written.join('').includes('U a 0'));
  await poll('it no longer ticks', 5_000, () => childrenOf(loop).length === 0);
});
