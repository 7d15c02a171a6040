import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { isAlive } from '../testing/tools/processes.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import { logged, only, removeLogs } from './log-rig.fixture.ts';

afterEach(removeLogs);

const ALL = Buffer.from(Array.from({ length: 1_000 }, (_, i) => i % 256));

describe.each(POSIX_SHELLS)('a logged command, run by $name', ({ command: shell }) => {
  test('its streams come apart and byte for byte, with its exit code and what it used', async () => {
    const { over, words } = logged(shell, 'cat; printf "err\\0\\n\\n" >&2; exit 3', { input: ALL, stdin: true });
    const { stdout, stderr, end, code } = await over;
    expect(stdout.equals(ALL)).toBe(true);
    expect(stderr.toString('latin1')).toBe('err\0\n\n');
    expect(end).toMatchObject({ how: 'exited', code: 3, isSignaled: false, hasLeft: false });
    expect(end?.cpuMs).toBeTypeOf('number');
    expect(words[0]).toMatch(/^started \d+ \d+$/);
    expect(code).toBe(3);
  });

  test('merged on the target, the order of both streams is exact', async () => {
    const { over } = logged(shell, 'echo 1; echo 2 >&2; echo 3', { mergeStderr: true });
    const { stdout, stderr } = await over;
    expect(stdout.toString()).toBe('1\n2\n3\n');
    expect(stderr.length).toBe(0);
  });

  test('a death by signal is told from exit 137', async () => {
    const [died, exited] = await Promise.all([logged(shell, 'kill -9 $$').over, logged(shell, 'exit 137').over]);
    expect(died.end).toMatchObject({ code: 137, isSignaled: true });
    expect(exited.end).toMatchObject({ code: 137, isSignaled: false });
  });

  test('it has the environment and the descriptors that it would have, and no more', async () => {
    const environment = { ...process.env, nonce: 'mine', found: 'mine', LC_ALL: 'C.UTF-8', IFS: ':' };
    const script =
      'echo "$nonce $found $LC_ALL $KIT"; umask; ls /proc/self/fd | wc -l; set -- a:b; echo $1; [ -p /dev/stdout ] && echo pipe';
    const { over } = logged(shell, script, { env: { KIT: "it's\nmine" } }, environment);
    expect((await over).stdout.toString().split('\n').slice(0, 2)).toEqual(["mine mine C.UTF-8 it's", 'mine']);
  });

  test('what cannot start is refused, and nothing else is said', async () => {
    for (const [command, more, word] of [
      [['errand-no-such-program'], {}, 'program'],
      [['/etc/passwd'], {}, 'program-denied'],
      [':', { cwd: '/errand/none' }, 'cwd'],
    ] as const) {
      const { over, words } = logged(shell, command, more);
      const { end, code } = await over;
      expect(words).toEqual([`refused ${word}`]);
      expect(end).toBeUndefined();
      expect(code).toBe(0);
    }
  });

  test('a child that holds the pipe is ended, and not waited for', async () => {
    const run = logged(shell, 'sleep 60 & echo $!; sh -c \'trap "" TERM; echo $$; while :; do sleep 0.05; done\' & sleep 0.3', {
      killGraceMs: 2_000,
    });
    const end = await run.told;
    expect(end).toMatchObject({ how: 'exited', code: 0, hasLeft: true });
    const pids = run.text().trim().split('\n').map(Number);
    expect(pids).toHaveLength(2);
    expect(pids.some(isAlive)).toBe(true);
    await run.over;
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('what a child writes within a moment of the end is its output', async () => {
    const { over } = logged(shell, '(sleep 0.02; echo late) & echo now');
    expect((await over).stdout.toString()).toBe('now\nlate\n');
  });

  test('its deadline ends the whole tree where it runs, sessions of their own as well', async () => {
    const script = 'setsid sh -c \'trap "" TERM; echo $$; while :; do sleep 0.05; done\' & sleep 60 & echo $!; wait; sleep 60';
    const run = logged(shell, script, { deadlineMs: 700, killGraceMs: 300 });
    const { end, stdout } = await run.over;
    expect(end).toMatchObject({ how: 'timed-out', code: 143, isSignaled: true });
    const pids = stdout.toString().trim().split('\n').map(Number);
    expect(pids).toHaveLength(2);
    await poll('they are gone', 5_000, () => pids.every((pid) => !isAlive(pid)));
  });

  test('cancelled, it is ended by its own signal first, and removed by SIGTERM', async () => {
    const script = "trap 'echo INT; exit 5' INT; trap 'echo TERM; exit 5' TERM; echo on; while :; do sleep 0.05; done";
    for (const [how, signal] of [
      ['cancelled', 'INT'],
      ['removed', 'TERM'],
    ] as const) {
      const run = logged(shell, script, { killSignal: 'SIGINT', killGraceMs: 20_000 });
      await poll('it runs', 10_000, () => run.text() === 'on\n');
      run.ask('end', how);
      const { end, stdout } = await run.over;
      expect(end).toMatchObject({ how, code: 5 });
      expect(stdout.toString()).toBe(`on\n${signal}\n`);
    }
  });

  test('a signal reaches its process group, and nothing follows', async () => {
    const child = 'sh -c \'trap "echo child; exit 0" USR1; echo ready; while :; do sleep 0.05; done\' &';
    const run = logged(shell, `trap 'caught=1' USR1\n${child}\nwait; wait; echo main`);
    await poll('it runs', 10_000, () => run.text() === 'ready\n');
    run.ask('signal', 'USR1');
    expect((await run.over).stdout.toString()).toBe('ready\nchild\nmain\n');
  });

  test('a command that signals all that it may reach loses nothing', async () => {
    const { over } = logged(shell, 'trap "" TERM; for i in 1 2 3; do kill -TERM 0; kill -TERM $PPID; done; echo out; echo err >&2');
    const { stdout, stderr, end } = await over;
    expect(end).toMatchObject({ how: 'exited', code: 0 });
    expect(stdout.toString() + stderr.toString()).toBe('out\nerr\n');
  });

  test('4 MiB on each stream come whole', async () => {
    const begin = performance.now();
    const { over } = logged(shell, 'head -c 4194304 /dev/zero | tr "\\0" x; head -c 4194304 /dev/zero | tr "\\0" y >&2');
    const { stdout, stderr, end } = await over;
    expect(stdout.equals(Buffer.alloc(4_194_304, 'x'))).toBe(true);
    expect(stderr.equals(Buffer.alloc(4_194_304, 'y'))).toBe(true);
    expect(end?.code).toBe(0);
    if (process.env['ERRAND_SHOW_TIMES']) console.log(shell, Math.round(performance.now() - begin), 'ms');
  });

  test('without sed, and without base64, it is slower and the same', async () => {
    for (const programs of [
      ['dd', 'base64', 'setsid', 'sleep', 'cat'],
      ['dd', 'od', 'setsid', 'sleep', 'cat'],
    ]) {
      const { over } = logged(
        shell,
        'cat; printf err >&2',
        { input: Buffer.concat([ALL, ALL, ALL, ALL, ALL, ALL]), stdin: true },
        only(...programs),
      );
      const { stdout, stderr, end } = await over;
      expect(end).toMatchObject({ code: 0 });
      expect(stdout.equals(Buffer.concat([ALL, ALL, ALL, ALL, ALL, ALL]))).toBe(true);
      expect(stderr.toString()).toBe('err');
    }
  });

  test('without what it needs it refuses, and says which', async () => {
    for (const [missing, ...programs] of [
      ['setsid', 'dd', 'base64', 'sleep'],
      ['dd', 'base64', 'setsid', 'sleep'],
      ['base64', 'dd', 'setsid', 'sleep'],
    ] as const) {
      // Its busybox would find its own.
      if (shell.includes('busybox')) continue;
      const { over, words } = logged(shell, ':', {}, only(...programs));
      await over;
      expect(words).toEqual([`refused ${missing}`]);
    }
  });

  test('nothing of it is left', async () => {
    const run = logged(shell, 'echo on; exit 0', { deadlineMs: 3_600_000 });
    await run.over;
    const leader = String(run.child.pid);
    await poll('its group is empty', 5_000, () => readdirSync('/proc').every((pid) => !/^\d+$/.test(pid) || groupOf(pid) !== leader));
  });
});

function groupOf(pid: string): string | undefined {
  try {
    const stat = process.getBuiltinModule('node:fs').readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
  } catch {
    return undefined;
  }
}

// Only root can make one.
describe.skipIf(process.getuid?.() !== 0).each(POSIX_SHELLS)('a logged command in a container of its own, run by $name', ({ command }) => {
  const shell = `/usr/bin/unshare --fork --kill-child --pid --mount-proc ${command}`;

  test('its deadline ends all that there is, and the container with it', async () => {
    const escapes = 'setsid env -i /bin/sh -c \'trap "" TERM; echo left; while :; do /bin/sleep 0.05; done\' &';
    const run = logged(shell, `${escapes} sleep 60 & wait; sleep 60`, { deadlineMs: 700, killGraceMs: 300 });
    const { end, stdout } = await run.over;
    expect(end).toMatchObject({ how: 'timed-out', code: 143, isSignaled: true });
    expect(stdout.toString()).toBe('left\n');
  });

  test('a daemon does not outlive it, nor hold it', async () => {
    const run = logged(shell, 'setsid sh -c \'trap "" TERM; while :; do sleep 0.05; done\' & sleep 0.3; echo main', { killGraceMs: 300 });
    const { end, stdout } = await run.over;
    expect(end).toMatchObject({ how: 'exited', code: 0, hasLeft: true });
    expect(stdout.toString()).toBe('main\n');
  });

  test('a command that ends all that it may reach is told to be lost', async () => {
    const run = logged(shell, 'echo on; kill -KILL -1');
    const { end } = await run.over;
    expect(run.words.at(-1)).toBe('lost');
    expect(end).toBeUndefined();
  });
});
