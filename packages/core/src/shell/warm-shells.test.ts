import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Execution } from '../execution.ts';
import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import type { ExecutorOptions } from '../options.ts';
import { poll } from '../testing/tools/poll.ts';
import { isAlive } from '../testing/tools/processes.ts';
import { START_DAEMON } from '../testing/tools/scripts.ts';
import { serveSource } from './warm-shell-script.ts';

let directory = '';
const made: Executor[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-warm-'));
});
afterEach(async () => {
  await Promise.all(made.splice(0).map((executor) => executor.close()));
  await rm(directory, { recursive: true });
});

function warm(options: ExecutorOptions = {}): Executor {
  const executor = localExecutor({ shells: {}, ...options });
  made.push(executor);
  return executor;
}

async function text(executor: Executor, ...args: Parameters<Executor['exec']>): Promise<string> {
  return (await executor.exec(...args)).stdout.text.trim();
}

/** The pid of the shell that runs a command. */
const shellOf = (executor: Executor): Promise<string> => text(executor, ['sh', '-c', 'echo $PPID']);
const counts = async (executor: Executor) => (await executor.health()).shells;

test('one command after the other runs in the same shell, and health() counts them', async () => {
  const executor = warm();
  const shell = await shellOf(executor);
  expect(Number(shell)).not.toBe(process.pid);
  for (let i = 0; i < 5; i += 1) expect(await shellOf(executor)).toBe(shell);
  expect(await counts(executor)).toEqual({ hits: 6, misses: 0, discards: 0, idle: 1 });
});

test('what a shell could not serve as well gets a process of its own', async () => {
  const executor = warm();
  const own = String(process.pid);
  const parent = ['sh', '-c', 'cat >/dev/null; echo $PPID'];
  expect(await text(executor, parent, { stdin: 'x' })).toBe(own);
  expect(await text(executor, parent, { limits: { openFiles: 64 } })).toBe(own);
  expect(await text(executor, parent, { env: { LONG: 'x'.repeat(5_000) } })).toBe(own);
  expect(await text(executor, parent, { env: { IFS: ':' } })).toBe(own);
  expect(await text(executor, parent, { env: { PATH: undefined } })).toBe(own);
  expect(await text(executor, 'echo $PPID')).toBe(own);
  expect(await text(executor, "eval 'echo $PP''ID'")).toBe(own);
  expect(await counts(executor)).toMatchObject({ hits: 0 });
});

test('what a command left in the background is told', async () => {
  const executor = warm();
  for (let i = 0; i < 5; i += 1) {
    const { reason, stdout } = await executor.exec('sleep 33 >/dev/null 2>&1 & echo a');
    expect([stdout.text, reason]).toEqual(['a\n', 'processes that it had left running were ended']);
  }
  expect((await executor.exec('sleep 0.01 & wait; echo a')).reason).toBeUndefined();
});

test('no command waits for long: when all shells are, it gets a process', async () => {
  const executor = warm({ shells: { max: 2 } });
  // None is over before all run, however long it takes to start one.
  const go = join(directory, 'go');
  const script = `until [ -e ${go} ]; do sleep 0.05; done; echo $PPID`;
  const texts = Array.from({ length: 6 }, () => text(executor, ['sh', '-c', script]));
  await expect.poll(() => counts(executor), { timeout: 20_000 }).toMatchObject({ misses: 4 });
  await writeFile(go, '');
  const results = await Promise.all(texts);
  expect(results.filter((parent) => parent === String(process.pid))).toHaveLength(4);
  expect(new Set(results).size).toBe(3);
  expect(await counts(executor)).toMatchObject({ hits: 2, misses: 4 });
});

test('short commands share the shells, however many come at once', async () => {
  const executor = warm({ shells: { max: 2 } });
  const results = await Promise.all(Array.from({ length: 100 }, (_, i) => text(executor, ['echo', String(i)])));
  expect(results).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
  const { hits = 0, misses = 0 } = (await counts(executor)) ?? {};
  expect(hits + misses).toBe(100);
  expect(hits).toBeGreaterThan(10); // 2 when nobody waits
});

test('a command that is aborted while it waits for a shell never runs', async () => {
  const executor = warm({ shells: { max: 1 } });
  const controller = new AbortController();
  const all = Array.from({ length: 50 }, (_, i) => executor.exec(`: >ran-${i}`, { signal: controller.signal, cwd: directory }));
  const outcomes = Promise.allSettled(all);
  await all[0];
  controller.abort(new Error('enough'));
  const rejected = (await outcomes).flatMap((outcome, i) => (outcome.status === 'rejected' ? [{ i, reason: outcome.reason }] : []));
  expect(rejected.length).toBeGreaterThan(0);
  for (const { reason } of rejected) expect(reason).toEqual(new Error('enough'));
  expect(await text(executor, ['echo', 'on'])).toBe('on');
  const ran = await readdir(directory);
  expect(rejected.filter(({ i }) => ran.includes(`ran-${i}`))).toEqual([]);
});

describe('a shell is used no more', () => {
  test.each([
    ['once its command was ended by a timeout', 'sleep 60', { timeoutMs: 200 }],
    ['once its command left something in the background', 'sleep 60 &', {}],
    ['once its command left a daemon that has its pipe', "setsid sh -c 'sleep 0.6' &", {}],
    ['once its command killed it', 'kill -9 0', {}],
  ])('%s', async (_what, command, options) => {
    const executor = warm();
    const shell = Number(await shellOf(executor));
    await executor.exec(command, options);
    await poll('the shell is gone', 5_000, () => !isAlive(shell));
    expect(Number(await shellOf(executor))).not.toBe(shell);
    expect(await counts(executor)).toMatchObject({ hits: 3, discards: 1 });
  });

  test('but it is, after a daemon that has let go of everything', async () => {
    const executor = warm();
    const shell = await shellOf(executor);
    const daemon = Number(await text(executor, ['sh', '-c', START_DAEMON]));
    expect(isAlive(daemon)).toBe(true);
    process.kill(daemon, 'SIGKILL');
    expect(await shellOf(executor)).toBe(shell);
  });
});

test('a shell that is killed while nobody uses it costs no command', async () => {
  const executor = warm({ shells: { max: 1 } });
  const shell = Number(await shellOf(executor));
  process.kill(shell, 'SIGKILL');
  await poll('it is gone', 5_000, () => !isAlive(shell));
  await poll('that is known here', 5_000, async () => (await counts(executor))?.idle === 0);
  expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
});

test('a shell that is killed under its command makes the outcome unknown, and the command is gone', async () => {
  const executor = warm();
  const shell = Number(await shellOf(executor));
  const execution = executor.spawn(['sh', '-c', 'echo $$; exec sleep 60']);
  const pid = await firstText(execution);
  process.kill(shell, 'SIGKILL');
  const result = await execution.result;
  expect(result.outcome).toBe('unknown');
  await poll('the command is gone', 5_000, () => !isAlive(Number(pid)));
});

test('a stopped shell runs nothing later for a start that was given up, and close() ends it', async () => {
  const executor = warm({ shells: { max: 1 } });
  const shell = Number(await shellOf(executor));
  process.kill(shell, 'SIGSTOP');
  const file = join(directory, 'ran');
  const result = await executor.exec(['touch', file], { startTimeoutMs: 300, killGraceMs: 2_000 });
  expect(result.outcome).toBe('unknown');
  await poll('the shell is gone', 5_000, () => !isAlive(shell));
  expect(existsSync(file)).toBe(false);
  const other = Number(await shellOf(executor));
  process.kill(other, 'SIGSTOP');
  await executor.close();
  expect(isAlive(other)).toBe(false);
});

test('readers of both streams that stall hold a result no longer than killGraceMs, once they are let go', async () => {
  const executor = warm();
  // More than readers may fall behind (128 KiB), and less than that and what is buffered beside (64 KiB): beyond, whether the end frame is
  // read depends on how the bytes come in pieces.
  const script = 'head -c 180000 /dev/zero; head -c 180000 /dev/zero >&2; exit 3';
  const execution = executor.spawn(script, { killGraceMs: 400 });
  for (const stream of [execution.stdout, execution.stderr]) stream.pause().read(0);
  const result = await execution.result;
  expect([result.outcome, result.exitCode, result.stdout.totalBytes, result.stderr.totalBytes]).toEqual(['exited', 3, 180_000, 180_000]);
});

test.each([
  ['/bin/sh', 'cd ..; pwd', 'link'],
  ['/bin/sh', 'pwd', 'link'],
  ['/bin/bash', 'set -e; false', '.'],
  ['/bin/bash', 'nosuch; echo ${x?}', '.'],
  ['/bin/bash', 'set -x; echo a', '.'],
  ['/bin/sh', 'f() { return 3; }; f; echo $?; set -- a b; echo "$# $*"; umask; cat <<E\nhere $#\nE', '.'],
])('a command in %s does what it does in a process of its own: %s in %s', async (shell, script, cwd) => {
  await mkdir(join(directory, 'real/sub'), { recursive: true });
  await symlink(join(directory, 'real/sub'), join(directory, 'link'));
  const plain = localExecutor();
  made.push(plain);
  const outcome = async (executor: Executor): Promise<unknown> => {
    const { exitCode, stdout, stderr } = await executor.exec(script, { shell, cwd: `${directory}/${cwd}` });
    return [exitCode, stdout.text, stderr.text];
  };
  expect(await outcome(warm({ defaults: { shell } }))).toEqual(await outcome(plain));
});

test('late output of what a command left lands in no result of another', async () => {
  const executor = warm({ shells: { max: 1 } });
  for (let i = 0; i < 5; i += 1) {
    await executor.exec("setsid sh -c 'sleep 0.15; echo LATE; echo LATE >&2' & exit 0");
    const { stdout, stderr } = await executor.exec('sleep 0.2; echo mine');
    expect([stdout.text, stderr.text]).toEqual(['mine\n', '']);
  }
});

test('a script sees nothing of the shell it runs in', async () => {
  const executor = warm();
  const plain = localExecutor();
  made.push(plain);
  const script = 'set; trap; umask; echo "$# $-" | tr -d s; ulimit -a; ls -l /proc/self/fd | wc -l; pwd; env';
  const seen = async (one: Executor): Promise<string[]> => {
    const lines = (await text(one, script)).split('\n');
    return lines.filter((line) => !/^(ERRAND_EXECUTION|PPID|_|OLDPWD)=/.test(line)).sort();
  };
  expect(await seen(executor)).toEqual(await seen(plain));
});

test('nor one behind a command that left something, by any name that the shell has', async () => {
  const executor = warm({ shells: { max: 1 } });
  for (let i = 0; i < 3; i += 1) await executor.exec('setsid -f sleep 0.3 </dev/null >/dev/null 2>&1; sleep 0.05');
  const names = new Set(serveSource({ nonce: 'x', executorMarker: 'x', outer: '', base: {} }).match(/\b__\w+/g));
  expect(names).toContain('__errand_look');
  // What names them itself is run elsewhere.
  const words = [...names].map((name) => name.slice(2)).join(' ');
  expect(await text(executor, `for n in ${words}; do command -v "_""_$n"; done; set | grep "^_[^=]"; :`)).toBe('');
});

test('commands start where this process is, also after it went elsewhere', async () => {
  const executor = warm();
  const before = process.cwd();
  expect(await text(executor, 'pwd')).toBe(before);
  try {
    process.chdir(directory);
    expect(await text(executor, 'pwd')).toBe(directory);
    expect(await text(executor, 'pwd', { cwd: '..' })).toBe(tmpdir());
  } finally {
    process.chdir(before);
  }
  expect(await text(executor, 'pwd')).toBe(before);
});

test('close() ends the shells', async () => {
  const executor = warm({ shells: { warm: 2 } });
  const shells = await Promise.all([1, 2, 3].map(() => text(executor, ['sh', '-c', 'sleep 0.1; echo $PPID'])));
  await executor.close();
  expect(shells.map(Number).filter(isAlive)).toEqual([]);
});

test.each([
  [{ max: 0 }, 'shells.max'],
  [{ max: 1.5 }, 'shells.max'],
  [{ idleMs: -1 }, 'shells.idleMs'],
  [{ warm: Number.NaN }, 'shells.warm'],
  [{ min: 1 }, 'shells.min'],
])('bad options are refused: %j', (shells, option) => {
  expect(() => localExecutor({ shells: shells as never })).toThrowError(
    expect.objectContaining({ code: 'EXEC_INVALID_OPTION', detail: { option } }),
  );
});

async function firstText(execution: Execution): Promise<string> {
  for await (const { data } of execution) return String(data);
  return '';
}
