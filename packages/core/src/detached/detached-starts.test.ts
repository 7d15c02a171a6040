import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { KEEP_MS } from '../testing/tools/detached.ts';
import { poll } from '../testing/tools/poll.ts';
import { isAlive } from '../testing/tools/processes.ts';
import { running, SpoolRig } from '../testing/tools/spool-rig.ts';
import { startDetaching } from './start-detaching.fixture.ts';

const rig = new SpoolRig();

afterEach(() => rig.closeExecutors());

afterAll(() => rig.remove());

const ROOT = process.getuid?.() === 0;

describe('the start of a detached command', () => {
  test('whose client is killed at any moment of it happens once when it is submitted again', async () => {
    const executor = rig.open();
    const killedAfter = async (ms: number): Promise<void> => {
      const idempotencyKey = `killed-after-${ms}`;
      const ledger = join(rig.state, idempotencyKey);
      const script = `echo ran >>${ledger}`;
      const client = startDetaching({ state: rig.state, idempotencyKey }, script);
      await client.lines.next();
      await delay(ms);
      await client.kill();
      const result = await executor.exec(script, { detached: true, keepMs: KEEP_MS, idempotencyKey });
      expect(result, idempotencyKey).toMatchObject({ outcome: 'exited', exitCode: 0 });
      expect(readFileSync(ledger, 'latin1'), idempotencyKey).toBe('ran\n');
      rmSync(ledger);
    };
    for (let ms = 0; ms < 120; ms += 15) await Promise.all([0, 5, 10].map((more) => killedAfter(ms + more)));
    await poll('no reader stays', 8_000, () => rig.readers().length === 0);
  }, 60_000);

  test('that was half submitted by a client that is gone happens when it is submitted again', async () => {
    const idempotencyKey = 'half submitted';
    const name = createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 20);
    mkdirSync(join(rig.state, 'errand', 'spool', name), { recursive: true });
    const execution = rig.open().spawn('echo on', { detached: true, keepMs: KEEP_MS, idempotencyKey });
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
      const executor = rig.open({ state: trap });
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

  /** A directory for PATH in which one program first waits until `go` is there, where it has such arguments. */
  function slow(program: string, where: string): { readonly path: string; readonly waits: string; readonly go: () => void } {
    const path = mkdtempSync(join(rig.state, 'slow-'));
    const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    const waiting = `: >${path}/waits; until [ -e ${path}/go ]; do sleep 0.02; done`;
    writeFileSync(join(path, program), `#!/bin/sh\ncase "$*" in ${where}) ${waiting} ;; esac\nexec ${real} "$@"\n`, { mode: 0o755 });
    return { path, waits: join(path, 'waits'), go: () => writeFileSync(join(path, 'go'), '') };
  }

  test('that comes back late ends nothing of who submitted the same meanwhile, and follows that', async () => {
    const ledger = join(rig.state, 'late-ledger');
    const script = `echo $$ >>${ledger}; until [ -e ${ledger}.go ]; do sleep 0.05; done; echo over`;
    const options = { detached: true, keepMs: KEEP_MS, idempotencyKey: 'late' };
    const { path, waits, go } = slow('dd', '*if=/dev/zero*');
    const late = rig.open({ path }).spawn(script, options);
    await poll('it is submitting', 5_000, () => existsSync(waits));
    const other = await running(rig.open(), script, options);
    go();
    // It has come to follow the other's when it runs.
    await poll('it is late', 10_000, () => late.state === 'running');
    writeFileSync(`${ledger}.go`, '');
    const [one, two] = await Promise.all([late.result, other.result]);
    expect([one.outcome, two.outcome, one.stdout.text, two.stdout.text]).toEqual(['exited', 'exited', 'over\n', 'over\n']);
    expect(readFileSync(ledger, 'latin1')).toMatch(/^\d+\n$/);
  }, 30_000);

  test('is found by nobody before it is submitted, and harmed by nobody who looks', async () => {
    const { path, waits, go } = slow('dd', '*if=/dev/zero*');
    const execution = rig.open({ path }).spawn('echo on; exit 3', { detached: true, keepMs: KEEP_MS });
    await poll('it is submitting', 5_000, () => existsSync(waits));
    const other = rig.open();
    await expect(other.attach(execution.id)).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
    expect((await other.listDetached()).filter(({ id }) => id === execution.id)).toEqual([]);
    go();
    const result = await execution.result;
    expect([result.outcome, result.exitCode, result.stdout.text]).toEqual(['exited', 3, 'on\n']);
  }, 30_000);

  test('has all of its timeoutMs from when it runs, however slowly it started', async () => {
    const { path, waits, go } = slow('setsid', '*');
    const execution = rig.open({ path }).spawn('echo on; sleep 67; echo over', { detached: true, keepMs: KEEP_MS, timeoutMs: 300 });
    await poll('it is being started', 5_000, () => existsSync(waits));
    // Longer than its time, of which nothing may pass.
    await delay(600);
    go();
    await poll('it has ended', 10_000, () => execution.state === 'ended');
    const result = await execution.result;
    expect([result.outcome, result.stdout.text]).toEqual(['timed-out', 'on\n']);
  }, 30_000);

  test('leaves no process and no file', () => rig.isEmpty(), 20_000);
});
