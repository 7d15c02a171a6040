import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, startCommand, supervisorRig } from '../testing/tools/supervisor-rig.ts';

const churners: ChildProcess[] = [];
afterEach(async () => {
  for (const { pid } of churners.splice(0)) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  await cleanUp();
});

// GNU sed gives up at a file that it opened and cannot read any more, as that of a process which ends at this moment.
test('a command is seen to live while processes come and go all the time', async () => {
  for (let i = 0; i < 4; i += 1)
    churners.push(spawn('/bin/sh', ['-c', 'while :; do /bin/true; done'], { detached: true, stdio: 'ignore' }));
  const { supervisor, key } = supervisorRig('/bin/sh');
  const { pid } = await startCommand(key('a'), 'echo $$; exec sleep 60');
  supervisor.register({ key: key('a'), pid, killGraceMs: 1000 });
  let seen = 0;
  for (let i = 0; i < 600; i += 1) if (await supervisor.signal(key('a'), 'SIG0', 'group')) seen += 1;
  expect(seen).toBe(600);
}, 240_000);
