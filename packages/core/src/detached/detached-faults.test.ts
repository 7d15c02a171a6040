import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Execution } from '../execution.ts';
import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import { type ClientProcess, startClient } from '../testing/tools/client-process.ts';
import { poll } from '../testing/tools/poll.ts';
import type { DetachingOptions } from './detaching-client.fixture.ts';

const KEEP_MS = 1_000;
const ROOT = process.getuid?.() === 0;
const executors: Executor[] = [];
let state = '';

beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'errand-spool-'));
});

afterEach(async () => {
  await Promise.all(executors.splice(0).map((executor) => executor.close()));
});

afterAll(() => rmSync(state, { recursive: true, force: true, maxRetries: 10 }));

function open(directory = state): Executor {
  const executor = localExecutor({
    idempotencyTtlMs: KEEP_MS,
    environment: { PATH: process.env['PATH'] ?? '', XDG_STATE_HOME: directory },
  });
  executors.push(executor);
  return executor;
}

function spoolOf({ id }: Execution, directory = state): string {
  return join(directory, 'errand', 'spool', id.slice(id.lastIndexOf('-') + 1));
}

function pidIn(file: string): number {
  return Number(readFileSync(file, 'latin1').split(' ')[0]);
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

async function running(executor: Executor, script: string, options: object = {}): Promise<Execution> {
  const execution = executor.spawn(script, { detached: true, keepMs: KEEP_MS, ...options });
  await poll('it should run', 5_000, () => execution.state !== 'queued' && execution.state !== 'starting');
  return execution;
}

/** A client of its own, which detaches this script and goes on reading. */
function startDetaching(options: DetachingOptions, script: string): ClientProcess {
  const url = new URL('./detaching-client.fixture.ts', import.meta.url);
  return startClient({ url, factory: 'detachingExecutor', execArgv: ['--conditions=@errand/source'] }, options, 'stay', [script]);
}

describe('a detached command', () => {
  test('whose guardian is killed is unknown to everybody, and is ended', async () => {
    const execution = await running(open(), 'echo on; sleep 67');
    const spool = spoolOf(execution);
    const main = pidIn(join(spool, 'main'));
    const group = groupOf(pidIn(join(spool, 'guardian')));
    process.kill(pidIn(join(spool, 'guardian')), 'SIGKILL');
    const result = await execution.result;
    expect(result).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('guardian') });
    expect(result.stdout.text).toBe('on\n');
    await poll('it should be gone', 4_000, () => !isAlive(main));
    expect(
      await open()
        .attach(execution.id)
        .then((attached) => attached.result),
    ).toMatchObject({ outcome: 'unknown' });
    await poll('what helped the guardian ends by itself', 8_000, () => isEmpty(group));
    rmSync(spool, { recursive: true });
  });

  test('is unknown after the target was restarted', async () => {
    const execution = await running(open(), 'sleep 67');
    const spool = spoolOf(execution);
    const guardian = readFileSync(join(spool, 'guardian'), 'latin1');
    const main = pidIn(join(spool, 'main'));
    // A restart gives another boot's id, and ends every process.
    writeFileSync(join(spool, 'guardian'), guardian.replace(/\S+\n$/, '00000000-0000-0000-0000-000000000000\n'));
    try {
      expect(await execution.result).toMatchObject({ outcome: 'unknown' });
      // Its pid may be somebody else's by now.
      expect(isAlive(main)).toBe(true);
      const [listed] = await open().listDetached();
      expect(listed).toMatchObject({ id: execution.id, state: 'ended', outcome: 'unknown' });
    } finally {
      const group = groupOf(pidIn(join(spool, 'guardian')));
      process.kill(-group, 'SIGKILL');
      process.kill(-main, 'SIGKILL');
      await poll('all are gone', 4_000, () => isEmpty(group));
      rmSync(spool, { recursive: true });
    }
  });

  test('that somebody else kills is signaled', async () => {
    const execution = await running(open(), 'exec sleep 67');
    process.kill(pidIn(join(spoolOf(execution), 'main')), 'SIGKILL');
    expect(await execution.result).toMatchObject({ outcome: 'signaled', signal: 'SIGKILL' });
  });

  test('whose reader loses its channel is unknown there, and can be attached to again', async () => {
    const executor = open();
    const execution = await running(executor, 'echo one; sleep 0.7; echo two');
    await poll('it is being read', 4_000, () => readers().length > 0);
    for (const pid of readers()) process.kill(pid, 'SIGKILL');
    expect(await execution.result).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('attach') });
    const attached = await executor.attach(execution.id);
    expect((await attached.result).stdout.text).toBe('one\ntwo\n');
  });

  test('goes on when its client is killed, and nothing of the client stays', async () => {
    const client = startDetaching({ state }, 'echo $$; sleep 1; echo over');
    await client.lines.next();
    const { value: pid } = await client.lines.next();
    await poll('it is being read', 4_000, () => readers().length > 0);
    await client.kill();
    const executor = open();
    const listed = (await executor.listDetached()).find((one) => one.state === 'running');
    const result = await (await executor.attach(listed?.id ?? '')).result;
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(result.stdout.text).toBe(`${pid}\nover\n`);
    await poll('no reader stays', 8_000, () => readers().length === 0);
  });

  test('that times out is not over before a daemon is, which ignores SIGTERM', async () => {
    const daemon = join(state, 'daemon');
    const script = `setsid sh -c 'trap "" TERM; echo $$ >${daemon}; sleep 67; sleep 67' >/dev/null 2>&1 & sleep 67`;
    const execution = await running(open(), script, { timeoutMs: 600, killGraceMs: 1_000 });
    expect((await execution.result).outcome).toBe('timed-out');
    expect(isAlive(pidIn(daemon))).toBe(false);
    rmSync(daemon);
  });

  test('whose client is killed at any moment of its start runs once when it is submitted again', async () => {
    const executor = open();
    const killedAfter = async (ms: number): Promise<void> => {
      const idempotencyKey = `killed-after-${ms}`;
      const ledger = join(state, idempotencyKey);
      const script = `echo ran >>${ledger}`;
      const client = startDetaching({ state, idempotencyKey }, script);
      await client.lines.next();
      await delay(ms);
      await client.kill();
      const result = await executor.exec(script, { detached: true, keepMs: KEEP_MS, idempotencyKey });
      expect(result, idempotencyKey).toMatchObject({ outcome: 'exited', exitCode: 0 });
      expect(readFileSync(ledger, 'latin1'), idempotencyKey).toBe('ran\n');
      rmSync(ledger);
    };
    for (let ms = 0; ms < 120; ms += 15) await Promise.all([0, 5, 10].map((more) => killedAfter(ms + more)));
    await poll('no reader stays', 8_000, () => readers().length === 0);
  }, 60_000);

  test('that was half submitted by a client that is gone runs when it is submitted again', async () => {
    const idempotencyKey = 'half submitted';
    const name = createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 20);
    mkdirSync(join(state, 'errand', 'spool', name), { recursive: true });
    const execution = open().spawn('echo on', { detached: true, keepMs: KEEP_MS, idempotencyKey });
    expect((await execution.result).stdout.text).toBe('on\n');
    expect(execution.id).toContain(name);
  }, 15_000);

  test.runIf(ROOT)('is refused where somebody else made the spool, and what lies there is believed by nobody', async () => {
    const trap = mkdtempSync(join(tmpdir(), 'errand-foreign-'));
    const spool = join(trap, 'errand', 'spool', '0123456789abcdef0123');
    const victim = spawn('sleep', ['67'], { detached: true, stdio: 'ignore' });
    try {
      mkdirSync(spool, { recursive: true });
      const birth = readFileSync(`/proc/${victim.pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19];
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1');
      // As of a guardian that is lost: what is left of its command would be ended.
      const files = { print: 'x\n', meta: '{"command":"x"}\n', guardian: `999999999 1 ${boot}`, main: `${victim.pid} ${birth}\n` };
      for (const [file, text] of Object.entries(files)) writeFileSync(join(spool, file), text);
      chownSync(join(trap, 'errand', 'spool'), 65_534, 65_534);
      const executor = open(trap);
      expect(await executor.listDetached()).toEqual([]);
      await expect(executor.attach('local-0123456789abcdef0123')).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
      await expect(executor.exec('echo on', { detached: true, keepMs: KEEP_MS })).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
      expect(isAlive(victim.pid ?? 0)).toBe(true);
      expect(readdirSync(spool).sort()).toEqual(Object.keys(files).sort());
    } finally {
      victim.kill('SIGKILL');
      rmSync(trap, { recursive: true });
    }
  });

  test.runIf(ROOT)('whose spool lies on a full disk runs to its end, and what was lost is told', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'errand-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
    try {
      const execution = await running(open(disk), 'head -c 1000000 /dev/zero | tr "\\0" x; echo end >&2; exit 3');
      const result = await execution.result;
      expect(result).toMatchObject({ outcome: 'exited', exitCode: 3, cause: 'limit' });
      expect(result.stdout.totalBytes - result.stdout.omittedBytes).toBeLessThan(256 * 1024);
      expect(result.stdout.omittedBytes).toBeGreaterThan(600_000);
      expect(Buffer.from(result.stdout.head).equals(Buffer.alloc(result.stdout.head.length, 'x'))).toBe(true);
      await poll('it is removed', 8_000, () => !existsSync(spoolOf(execution, disk)));
    } finally {
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true });
    }
  });

  test('that nobody waits for leaves no process and no file after keepMs', async () => {
    await poll('the spool is empty', 12_000, () => readdirSync(join(state, 'errand', 'spool')).length === 0);
    await poll('no guardian stays', 4_000, () => shellsWith(state).length === 0);
  });
});

/** Readers of this test's executions: each leads a session; the leader of a guardian's is gone. */
function readers(): number[] {
  return shellsWith(state).filter((pid) => leadsSession(pid));
}

function groupOf(pid: number | string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[2]);
  } catch {
    return 0;
  }
}

function isEmpty(group: number): boolean {
  return !readdirSync('/proc').some((name) => /^\d+$/.test(name) && groupOf(name) === group && isAlive(Number(name)));
}

function leadsSession(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[3] === String(pid);
  } catch {
    return false;
  }
}

/** Shells of executors of this test, which have the variable in their environment, and are no commands. */
function shellsWith(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
        return environment.includes(`XDG_STATE_HOME=${directory}\0`) && !environment.includes('ERRAND_EXECUTION=errand.');
      } catch {
        return false;
      }
    })
    .map(Number);
}
