import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { isReading, stdinOf } from '../local/blocked-reads.ts';
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
    process.kill(-Number(child.pid), 'SIGSTOP');
    await poll('it is stopped', 10_000, async () => !(await waits()));
    process.kill(-Number(child.pid), 'SIGCONT');
    await poll('it waits for input again', 10_000, waits);
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

  test('is asked one such question at a time, so that other things come between', async () => {
    const { supervisor, key } = supervisorRig(sh);
    await supervisor.ready();
    const answered: string[] = [];
    const note = (what: string) => (): number => answered.push(what);
    const questions = ['first', 'second', 'third'].map((name) => supervisor.waitsForInput(key(name)).then(note(name)));
    await Promise.all([...questions, supervisor.signal(key('a'), 'SIG0', 'tree').then(note('signal'))]);
    expect(answered.indexOf('signal')).toBeLessThan(answered.indexOf('second'));
    expect(answered.filter((what) => what !== 'signal')).toEqual(['first', 'second', 'third']);
  });

  test.each([
    ['a FIFO', 'mkfifo in && exec 3<>in <in && read -r line'],
    ['a pipe that another process of its own writes to', 'exec < <(sleep 60) && read -r line'],
  ])('says nothing of a main process that reads %s in the place of its stdin', async (_what, script) => {
    const { supervisor, key } = supervisorRig(sh);
    const directory = mkdtempSync(join(tmpdir(), 'errand-input-'));
    const child = spawn('bash', ['-c', script], { detached: true, cwd: directory, env: { ...process.env, ERRAND_EXECUTION: key('a') } });
    const ended = once(child, 'exit');
    onTestFinished(async () => {
      process.kill(-Number(child.pid), 'SIGKILL');
      await ended;
      rmSync(directory, { recursive: true });
    });
    supervisor.register({ key: key('a'), pid: Number(child.pid), killGraceMs: 1_000 });
    await poll('it reads something else', 10_000, () => {
      const input = stdinOf(Number(child.pid));
      return input !== undefined && !input.startsWith('socket:') && isReading(Number(child.pid), input);
    });
    expect(await supervisor.waitsForInput(key('a'))).toBe(false);
  });
});
