import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProcessTable } from '@errand/core/process';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Frame } from '../protocol/frame.ts';
import { createHandler } from './create-handler.ts';
import { isFunction } from './handler-options.ts';
import { commandEvent, startSandbox } from './handler-rig.fixture.ts';

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'errand-handler-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A zombie does not run. */
function running(pids: readonly number[]): readonly number[] {
  const all = new Set(readProcessTable().map(({ pid }) => pid));
  return pids.filter((pid) => all.has(pid));
}

afterEach(() => {
  expect(Reflect.has(globalThis, 'awslambda')).toBe(false);
});

describe('a function', () => {
  it('answers with numbered frames: started, what was written to each stream, what it used, and how it ended', async () => {
    const sandbox = await startSandbox();
    const answer = await sandbox.run('printf "a\\0b"; cat >&2; exit 3', { stdin: Buffer.from('in').toString('base64') });
    expect(answer).toMatchObject({ stdout: 'a\0b', stderr: 'in', ending: { outcome: 'exited', exitCode: 3 } });
    expect(answer.frames.map(({ type }) => type)).toEqual(['started', 'stdout', 'stderr', 'usage', 'ended']);
  });

  it('counts the processor time of a command, and of nothing before it', async () => {
    const sandbox = await startSandbox();
    const [busy, idle] = [await sandbox.run('i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'), await sandbox.run(':')];
    const [used, unused] = [busy, idle].map(({ frames }) => frames.find((frame) => frame.type === 'usage')?.cpuMs ?? -1);
    expect(used).toBeGreaterThanOrEqual(20);
    expect(unused).toBeLessThan(used ?? 0);
  });

  it.each([
    ['EXEC_NOT_FOUND', 'program', { command: ['errand-no-such-program'] }],
    ['EXEC_NOT_FOUND', 'cwd', { cwd: '/errand-no-such-directory' }],
    ['EXEC_NOT_SUPPORTED', 'function', { errand: 1 }],
    ['EXEC_INVALID_OPTION', 'function', { errand: undefined }],
    ['EXEC_INVALID_OPTION', 'function', { timeoutMs: undefined }],
    ['EXEC_INVALID_OPTION', 'function', { env: null }],
    ['EXEC_INVALID_OPTION', 'function', { limits: undefined }],
    ['EXEC_INVALID_OPTION', undefined, { command: [] }],
    ['EXEC_UNAVAILABLE', 'function', { stdinReference: 'somewhere' }],
  ])('says what it did not start: %s %s', async (code, what, more) => {
    const { ending, frames } = await (await startSandbox()).invoke({ ...commandEvent(':'), ...more });
    expect(ending).toMatchObject({ refused: { code, detail: what === undefined ? {} : { what } } });
    expect(frames).toHaveLength(1);
  });

  it('answers a question about its health without a command', async () => {
    const { frames } = await (await startSandbox()).invoke({ errand: 2, health: true });
    expect(frames).toMatchObject([{ type: 'ended', ending: { outcome: 'exited', exitCode: 0 } }]);
  });

  it('loads stdin that was stored elsewhere', async () => {
    const sandbox = await startSandbox({ loadStdin: async (reference) => Buffer.from(`of ${reference}`) });
    expect((await sandbox.run('cat', { stdinReference: 's3://a/b' })).stdout).toBe('of s3://a/b');
  });

  it('makes fewer frames than pieces of a flood of small ones', async () => {
    const sandbox = await startSandbox();
    const { frames, stdout } = await sandbox.run('dd if=/dev/zero bs=1 count=50000 2>/dev/null');
    expect(stdout).toHaveLength(50_000);
    expect(frames.length).toBeLessThan(25_000);
  });

  it('tells of itself while a command is silent', async () => {
    const { frames } = await (await startSandbox({ heartbeatMs: 20 })).run('sleep 0.3');
    expect(frames.filter(({ type }) => type === 'heartbeat').length).toBeGreaterThanOrEqual(3);
  });

  it('gives commands the environment that it was told to', async () => {
    const sandbox = await startSandbox({ environment: { PATH: process.env['PATH'] ?? '', A: '1', B: '2' } });
    const { stdout } = await sandbox.run('echo "$A ${B-none} $C ${HOME-none}"', { env: { B: null, C: '3' } });
    expect(stdout).toBe('1 none 3 none\n');
  });
});

describe('deadlines of a function', () => {
  it('hold there: timeoutMs, and idleTimeoutMs, with a grace', async () => {
    const sandbox = await startSandbox();
    const handles = "trap 'echo bye; exit 7' TERM; echo on; while :; do sleep 0.05; done";
    expect(await sandbox.run(handles, { timeoutMs: 300 })).toMatchObject({
      stdout: 'on\nbye\n',
      ending: { outcome: 'timed-out', exitCode: 7 },
    });
    const ignores = "trap '' TERM; echo on; while :; do sleep 0.05; done";
    expect(await sandbox.run(ignores, { idleTimeoutMs: 300 })).toMatchObject({ ending: { outcome: 'idle-timed-out', signal: 'SIGKILL' } });
  });

  it('leave the function the time to tell of the end', async () => {
    const { ending } = await (await startSandbox({ marginMs: 1_000 })).run('sleep 60', {}, 2_000);
    expect(ending).toMatchObject({ outcome: 'timed-out', reason: "the function's own timeout left it 500 ms" });
  });

  it('count what loading stdin took of the time', async () => {
    let leftMs = 60_000;
    const loadStdin = (): Uint8Array => {
      leftMs = 2_000;
      return Buffer.from('in');
    };
    const sandbox = await startSandbox({ loadStdin, marginMs: 1_000 });
    const { ending } = await sandbox.invoke(commandEvent('sleep 60', { stdinReference: 'a', timeoutMs: 4_000 }), { leftMs: () => leftMs });
    expect(ending).toMatchObject({ outcome: 'timed-out', reason: "the function's own timeout left it 500 ms" });
  });

  it('keep a command from starting where no time is left', async () => {
    const { ending } = await (await startSandbox()).run('sleep 60', {}, 1_000);
    expect(ending).toMatchObject({ refused: { code: 'EXEC_UNAVAILABLE' } });
  });
});

describe('output', () => {
  it('beyond what a response carries ends the command, with all that it carries', async () => {
    let bytes = 0;
    const onFrame = (frame: Frame): void => {
      if (frame.type === 'stdout') bytes += frame.data.length;
    };
    const sandbox = await startSandbox();
    const { ending } = await sandbox.invoke(commandEvent('cat /dev/zero', { timeoutMs: 60_000 }), { onFrame, keepsFrames: false });
    expect(ending).toMatchObject({ cause: 'limit', reason: expect.stringContaining('175000000') });
    expect(bytes).toBe(175_000_000);
  });

  it('that nobody takes any more ends the command', async () => {
    const sandbox = await startSandbox();
    const asked = commandEvent('echo begun; exec sleep 600', { timeoutMs: 600_000 });
    const cut = sandbox.invoke(asked, { leftMs: 900_000, onFrame: ({ type }, response) => void (type === 'stdout' && response.destroy()) });
    await expect(cut).rejects.toThrow('without a final record');
  });
});

describe('an execution that is cancelled', () => {
  it('ends when the hook says so, however often it failed before', async () => {
    const asked: string[] = [];
    const cancelled = (id: string): boolean => {
      if (asked.push(id) < 3) throw new Error('the store is away');
      return true;
    };
    const sandbox = await startSandbox({ cancelled, cancelPollMs: 20 });
    const { ending } = await sandbox.run('sleep 60', { executionId: 'a-b' });
    expect(ending).toMatchObject({ outcome: 'cancelled', signal: 'SIGTERM' });
    expect(asked).toEqual(['a-b', 'a-b', 'a-b']);
  });

  it('is not asked about once it ended', async () => {
    const asked: string[] = [];
    const cancelled = async (id: string): Promise<boolean> => asked.push(id) < 0;
    const sandbox = await startSandbox({ cancelled, cancelPollMs: 10 });
    await sandbox.run('sleep 0.2', { executionId: 'a-1' });
    expect(asked.splice(0)).toContain('a-1');
    await sandbox.run('sleep 0.2', { executionId: 'a-2' });
    expect(asked).toContain('a-2');
    expect(asked).not.toContain('a-1');
  });
});

describe('at most once', () => {
  it('an execution that a sandbox ran is not run again: it answers with what it knows', async () => {
    const directory = await temporary();
    const sandbox = await startSandbox();
    const event = commandEvent(`echo ran >>${directory}/runs; echo out; echo err >&2; exit 4`);
    const [first, again] = [await sandbox.invoke(event), await sandbox.invoke(event)];
    expect(first).toMatchObject({ stdout: 'out\n', ending: { exitCode: 4 } });
    expect(again).toMatchObject({ stdout: 'out\n', stderr: 'err\n', ending: { outcome: 'exited', exitCode: 4 } });
    expect(again.frames[0]).toEqual({ type: 'started', repeated: true });
    expect((await sandbox.run(`cat ${directory}/runs`)).stdout).toBe('ran\n');
  });

  it('what is not kept of its output is counted', async () => {
    const sandbox = await startSandbox();
    const event = commandEvent('dd if=/dev/zero bs=1000 count=300 2>/dev/null');
    expect((await sandbox.invoke(event)).stdout).toHaveLength(300_000);
    const { stdout, ending } = await sandbox.invoke(event);
    expect(stdout).toHaveLength(65_536);
    expect(ending).toMatchObject({ outcome: 'exited', omitted: { stdout: 300_000 - 65_536, stderr: 0 } });
  });

  it('one that is under way is not started either', async () => {
    const sandbox = await startSandbox();
    const event = commandEvent('sleep 0.4');
    const [first, second] = await Promise.all([sandbox.invoke(event), sandbox.invoke(event)]);
    expect(first.ending).toMatchObject({ outcome: 'exited' });
    expect(second).toMatchObject({ frames: { length: 1 }, ending: { outcome: 'unknown' } });
  });

  it('the claim hook keeps another sandbox from starting it, and says so', async () => {
    const claimed = new Set<string>();
    const claim = async (id: string): Promise<boolean> => !claimed.has(id) && !!claimed.add(id);
    const [one, other] = [await startSandbox({ claim }), await startSandbox({ claim })];
    const event = commandEvent('echo ran');
    expect((await one.invoke(event)).stdout).toBe('ran\n');
    expect(await other.invoke(event)).toMatchObject({
      stdout: '',
      ending: { outcome: 'unknown', reason: expect.stringContaining('claimed') },
    });
  });

  it('a claim hook that fails starts nothing', async () => {
    const sandbox = await startSandbox({ claim: () => Promise.reject(new Error('no table')) });
    const { ending } = await sandbox.run('echo ran');
    expect(ending).toMatchObject({ refused: { code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('no table') } });
  });

  it('what certainly did not start may be asked for again', async () => {
    let isAway = true;
    const unlessAway = <T>(value: T): T => {
      if (isAway) throw new Error('away');
      return value;
    };
    const claim = (): boolean => unlessAway(true);
    const loadStdin = (): Uint8Array => unlessAway(Buffer.from('in'));
    for (const [options, more] of [
      [{ claim }, {}],
      [{ loadStdin }, { stdinReference: 'a' }],
    ] as const) {
      isAway = true;
      const sandbox = await startSandbox(options);
      const asked = commandEvent('echo ran', more);
      expect((await sandbox.invoke(asked)).ending).toMatchObject({ refused: { code: 'EXEC_UNAVAILABLE' } });
      isAway = false;
      expect(await sandbox.invoke(asked)).toMatchObject({ stdout: 'ran\n', ending: { exitCode: 0 } });
      expect((await sandbox.invoke(asked)).frames[0]).toMatchObject({ repeated: true });
    }
  });
});

describe('what one command leaves', () => {
  it('is ended: a background process, and a daemon that left its group and session', async () => {
    const sandbox = await startSandbox();
    const script = 'sleep 600 & echo $!; d=$(setsid sh -c \'echo $$; exec sleep 600 >/dev/null 2>&1\' &); echo "$d"';
    const { stdout, ending } = await sandbox.run(script);
    const pids = stdout.trim().split('\n').map(Number);
    expect(pids).toHaveLength(2);
    expect(running(pids)).toEqual([]);
    expect(ending).toMatchObject({ outcome: 'exited', exitCode: 0, reason: expect.stringContaining('ended') });
  });

  it('does not meet the next: files of the temporary directory are gone, but for those of the function', async () => {
    const temporaryDirectory = await temporary();
    await writeFile(join(temporaryDirectory, 'of-the-function'), '');
    const sandbox = await startSandbox({ temporaryDirectory });
    await sandbox.run('mkdir "$D/a" && echo secret >"$D/a/b" && chmod 0 "$D/a/b" && echo >"$D/.hidden"', {
      env: { D: temporaryDirectory },
    });
    expect(await readdir(temporaryDirectory)).toEqual(['.errand-sandbox', 'of-the-function']);
    await mkdir(join(temporaryDirectory, 'left-by-a-crash'));
    expect((await sandbox.run(['ls', temporaryDirectory])).stdout).toBe('of-the-function\n');
  });

  it('stays where it is told to, or where this is no function', async () => {
    const directory = await temporary();
    const sandbox = await startSandbox();
    await sandbox.run(`echo >${directory}/kept`);
    await sandbox.run(':');
    expect(await readdir(directory)).toEqual(['kept']);
    const real = { AWS_LAMBDA_RUNTIME_API: 'x', LAMBDA_TASK_ROOT: '/var/task' };
    expect([isFunction({}), isFunction(process.env), isFunction({ ...real, AWS_SAM_LOCAL: 'true' }), isFunction(real)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});

describe('options of a handler', () => {
  it.each([
    [{ marginMs: 1 }],
    [{ heartbeatMs: 0.5 }],
    [{ cancelPollMs: 100_000 }],
    [{ temporaryDirectory: '/' }],
    [{ temporaryDirectory: 'tmp' }],
    [{ claim: 1 as never }],
  ])('are refused where they are wrong: %j', (options) => {
    expect(() => createHandler(options)).toThrow(TypeError);
  });

  it('are not looked at outside of Lambda, where a call says so', () => {
    expect(() => (createHandler() as () => void)()).toThrow('AWS Lambda');
    // As AWS's SDK does.
    vi.stubGlobal('awslambda', {});
    expect(() => (createHandler() as () => void)()).toThrow('AWS Lambda');
    vi.unstubAllGlobals();
  });
});
