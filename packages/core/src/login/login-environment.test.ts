import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExecutionTransition } from '../engine/transitions.ts';
import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import { whyNoPty } from '../local/node-pty-client.ts';
import type { ExecutorOptions } from '../options.ts';
import { lineExecutor } from '../testing/line-executor.ts';
import { poll } from '../testing/tools/poll.ts';
import { isAlive } from '../testing/tools/processes.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';

/** Every byte that a variable can hold but NUL, those of characters among them that are cut off. */
const ALL_BYTES = Buffer.from([...Array.from({ length: 255 }, (_, i) => i + 1), ...Buffer.from('é😀'), 0xe2, 0x82, 0x25, 0x0a, 0x0a]);
const SHELL = '/bin/sh';

let home = '';
const executors: Executor[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'errand-login-'));
});
afterEach(async () => {
  await Promise.all(executors.splice(0).map((executor) => executor.close()));
  await rm(home, { recursive: true });
});

/** A target whose account has this home and these start-up files. */
async function open(profile: string, options: ExecutorOptions = {}, sh?: string): Promise<Executor> {
  await writeFile(join(home, '.profile'), profile);
  const environment = { HOME: home, SHELL, PATH: '/usr/bin:/bin', OWN: 'own', GONE: 'there' };
  const executor = lineExecutor(
    { loginShell: SHELL, environment, ...(sh !== undefined && { sh }) },
    { loginEnvironment: true, ...options },
  );
  executors.push(executor);
  return executor;
}

async function said(executor: Executor, script: string, options = {}): Promise<string> {
  return (await executor.exec(script, { check: true, ...options })).stdout.text;
}

/** Each way in which an executor runs a script. */
const WAYS: Readonly<Record<string, (executor: Executor, script: string) => Promise<string>>> = {
  'a command': (executor, script) => said(executor, script, { stdin: 'x' }),
  'a warm shell': async (executor, script) => {
    const printed = await said(executor, script);
    expect((await executor.health()).shells).toMatchObject({ hits: 1, misses: 0 });
    return printed;
  },
  'a session': async (executor, script) => {
    await using session = await executor.openSession();
    return (await session.exec(script)).stdout.text;
  },
  'a detached execution': (executor, script) => said(executor, script, { detached: true, keepMs: 1 }),
  ...(whyNoPty() === undefined && {
    'a terminal': async (executor, script) => {
      await using terminal = await executor.openTerminal({ command: script });
      return await text(terminal.stream);
    },
  }),
};

describe.each(Object.entries(WAYS))('with loginEnvironment, %s', (_way, run) => {
  test('has what the login shell has beside the target, under what it is given itself', async () => {
    const profile = 'echo noise; echo noise >&2; PATH=$HOME/bin:/usr/bin:/bin NAME=profile; export PATH NAME; unset GONE';
    const executor = await open(profile, { shells: {}, defaults: { env: { NAME: 'given', ENDED: undefined } } });
    const printed = await run(executor, 'printf "%s|" "$PATH" "$NAME" "$OWN" "${GONE-unset}"');
    expect(printed).toBe(`${home}/bin:/usr/bin:/bin|given|own|unset|`);
  });

  test('has values of any bytes as they are', async () => {
    const file = join(home, 'bytes');
    await writeFile(file, ALL_BYTES);
    const executor = await open(`BYTES=$(cat '${file}'; echo x); BYTES=\${BYTES%x?}; BYTES=\${BYTES%x}; export BYTES`, { shells: {} });
    const printed = await run(executor, `printf %s "$BYTES" | od -An -v -tx1 | tr -d ' \\n'`);
    expect(printed).toBe(ALL_BYTES.toString('hex'));
  });
});

test.each(POSIX_SHELLS)('$name as the sh of launchers hands such bytes on', async ({ command }) => {
  const value = ALL_BYTES.subarray(0, -2)
    .toString('latin1')
    .replaceAll(/[^\x80-\xff]/g, '');
  await writeFile(join(home, 'bytes'), value, 'latin1');
  const executor = await open(`BYTES=$(cat '${join(home, 'bytes')}'); export BYTES`, {}, command);
  expect(await said(executor, `printf %s "$BYTES" | od -An -v -tx1 | tr -d ' \\n'`)).toBe(Buffer.from(value, 'latin1').toString('hex'));
});

test('what is about the login shell alone is left out', async () => {
  const executor = await open('cd /usr; cd /; export SHLVL=7 OLDPWD TMOUT=1 PWD; export A=1');
  const lines = (await said(executor, 'env')).split('\n');
  expect(lines).toContain('A=1');
  expect(lines.filter((line) => /^(SHLVL=[78]|OLDPWD|TMOUT)/.test(line) || line === 'PWD=/')).toEqual([]);
});

test('the login shell is asked once, however many commands come at once', async () => {
  const executor = await open('echo >>"$HOME/asked"; export A=1', { shells: { max: 2 } });
  const printed = await Promise.all(Array.from({ length: 6 }, () => said(executor, 'echo "$A"')));
  expect(printed).toEqual(Array(6).fill('1\n'));
  expect(await readFile(join(home, 'asked'), 'utf8')).toBe('\n');
});

test('variables that a running shell would not hand on are the command’s all the same, in a process of its own', async () => {
  const executor = await open('export BASH_ENV=/nowhere CDPATH=/usr', { shells: {} });
  expect(await said(executor, 'echo "$BASH_ENV $CDPATH"')).toBe('/nowhere /usr\n');
  expect(await said(executor, 'echo "$BASH_ENV $CDPATH"')).toBe('/nowhere /usr\n');
  expect((await executor.health()).shells).toMatchObject({ hits: 0 });
});

test('start-up files that hang keep a command no longer than startTimeoutMs, which is told, and are ended with the executor', async () => {
  const executor = await open('echo $$ >"$HOME/pid"; sleep 300');
  const late = { code: 'EXEC_START_TIMEOUT', message: expect.stringMatching(/startTimeoutMs of 400.*login shell.*loginEnvironment/) };
  await expect(executor.exec('touch ran', { startTimeoutMs: 400, cwd: home })).rejects.toMatchObject(late);
  expect(await executor.files.exists(join(home, 'ran'))).toBe(false);
  const pid = Number(await readFile(join(home, 'pid'), 'utf8'));
  expect(isAlive(pid)).toBe(true);
  const reason = new Error('changed my mind');
  const abort = new AbortController();
  const aborted = executor.exec('touch ran', { signal: abort.signal, cwd: home });
  const waiting = executor.exec('touch ran', { cwd: home });
  abort.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  const closing = executor.close();
  await expect(waiting).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
  await closing;
  expect(existsSync(join(home, 'ran'))).toBe(false);
  await poll('the login shell is gone', 5_000, () => !isAlive(pid));
});

test('start-up files that hang are ended at the default’s startTimeoutMs, and the login shell is asked again', async () => {
  const executor = await open('[ -e "$HOME/ok" ] || sleep 300; export A=1', { defaults: { startTimeoutMs: 400 } });
  const late = { code: 'EXEC_START_TIMEOUT', message: expect.stringMatching(/The login shell \/bin\/sh did not tell.*within 400 ms/) };
  await expect(executor.exec('true', { startTimeoutMs: 20_000 })).rejects.toMatchObject(late);
  await executor.files.write(join(home, 'ok'), '');
  expect(await said(executor, 'echo "$A"', { startTimeoutMs: 20_000 })).toBe('1\n');
});

test('sessions and detached executions tell of start-up files that hang as well', async () => {
  const executor = await open('sleep 300', { defaults: { startTimeoutMs: 400 } });
  const late = { code: 'EXEC_START_TIMEOUT', message: expect.stringContaining('login shell') };
  await expect(executor.openSession()).rejects.toMatchObject(late);
  await expect(executor.exec('true', { detached: true })).rejects.toMatchObject(late);
});

test('a login shell that ends before it answers is EXEC_UNAVAILABLE, with what it printed', async () => {
  const executor = await open('echo no way >&2; exit 3');
  const says = { code: 'EXEC_UNAVAILABLE', message: expect.stringMatching(/\/bin\/sh.*ended with code 3.*no way/) };
  await expect(executor.exec('touch ran', { cwd: home })).rejects.toMatchObject(says);
  expect(await executor.files.exists(join(home, 'ran'))).toBe(false);
});

test('nobody who listens hears of the command that asks', async () => {
  const executor = await open('export A=1', { name: 'login-observed' });
  const heard = new Set<string>();
  const listen = (message: unknown): void => {
    const { executionId, target } = message as ExecutionTransition;
    if (target === 'login-observed') heard.add(executionId);
  };
  subscribe('errand.execution', listen);
  const { executionId, stdout } = await executor.exec('echo "$A"');
  unsubscribe('errand.execution', listen);
  expect(stdout.text).toBe('1\n');
  expect([...heard]).toEqual([executionId]);
});

test('what start-up files leave in the background keeps nobody waiting', async () => {
  const executor = await open('sleep 20 & export A=1');
  const begun = performance.now();
  expect(await said(executor, 'echo "$A"')).toBe('1\n');
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test('a target without login shells refuses the option', () => {
  expect(() => localExecutor({ loginEnvironment: true })).toThrow(expect.objectContaining({ code: 'EXEC_NOT_SUPPORTED' }));
});
