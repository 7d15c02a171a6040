import { afterEach, expect, test } from 'vitest';
import type { Logger } from '../options.ts';
import { poll } from '../testing/tools/poll.ts';
import { cleanUp, loopOf, startCommand, supervisorRig } from '../testing/tools/supervisor-rig.ts';

const faults: unknown[] = [];
const onFault = (fault: unknown): void => {
  faults.push(fault);
};
afterEach(async () => {
  await cleanUp();
  process.off('unhandledRejection', onFault).off('uncaughtException', onFault);
});

const THROWS = (): never => {
  throw new Error('the disk is full');
};
const REJECTS = async (): Promise<void> => THROWS();

test.each([
  ['throws', THROWS],
  ['rejects', REJECTS],
])('a logger that %s does not keep a supervisor from being started again, nor fails anything', async (_how, fail) => {
  process.on('unhandledRejection', onFault).on('uncaughtException', onFault);
  const logger: Logger = { debug: fail, info: fail, warn: fail, error: fail };
  const { supervisor, key, channels } = supervisorRig('/bin/sh', { logger, lifelineMs: 7_000, heartbeatMs: 2 ** 30 });
  const { pid, ended } = await startCommand(key('a'), 'echo $$; exec sleep 60');
  supervisor.register({ key: key('a'), pid, killGraceMs: 0 });
  process.kill(await loopOf(supervisor), 'SIGKILL');
  await poll('another was started', 8_000, () => channels.length === 2);
  // It hears nothing, and says that it ends everything.
  await ended;
  expect(supervisor.lifelineExpired(key('a'))).toBe(true);
  await poll('a third was started', 15_000, () => channels.length === 3);
  expect(faults).toEqual([]);
});
