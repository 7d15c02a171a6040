import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { cleanUp, supervisorRig } from '../testing/tools/supervisor-rig.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';

afterEach(cleanUp);

describe.each(POSIX_SHELLS)('a supervisor in $name', ({ command: sh }) => {
  test('tells whether a process of a command is blocked in reading its stdin, and not in reading something else', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const waits = (): Promise<boolean> => supervisor.waitsForInput(key('a'));
    // A child reads, and then another one something else, with the same stdin.
    const script = 'head -n 1; echo next; line=$(sleep 60)';
    const child = spawn('/bin/sh', ['-c', script], { detached: true, env: { ...process.env, ERRAND_EXECUTION: key('a') } });
    const ended = once(child, 'exit');
    onTestFinished(async () => {
      process.kill(-Number(child.pid), 'SIGKILL');
      await ended;
    });
    expect(await waits()).toBe(false);
    supervisor.register({ key: key('a'), pid: Number(child.pid), killGraceMs: 1_000 });
    await poll('it waits for input', 10_000, waits);
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
    });
    child.stdin.write('first\n');
    await poll('it goes on', 10_000, () => text === 'first\nnext\n');
    expect(await waits()).toBe(false);
    // The loop still answers.
    expect(await supervisor.signal(key('a'), 'SIG0', 'tree')).toBe(true);
  });
});
