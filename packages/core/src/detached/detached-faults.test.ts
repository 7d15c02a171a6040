import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { isAlive } from '../testing/tools/processes.ts';
import { groupOf, isEmptyGroup, pidIn, running, SpoolRig } from '../testing/tools/spool-rig.ts';
import { startDetaching } from './start-detaching.fixture.ts';

const rig = new SpoolRig();

afterEach(() => rig.closeExecutors());

afterAll(() => rig.remove());

describe('a detached command', () => {
  test('whose guardian is killed is unknown to everybody, and is ended', async () => {
    const execution = await running(rig.open(), 'echo on; sleep 67');
    const spool = rig.spoolOf(execution);
    const main = pidIn(join(spool, 'main'));
    const group = groupOf(pidIn(join(spool, 'guardian')));
    process.kill(pidIn(join(spool, 'guardian')), 'SIGKILL');
    const result = await execution.result;
    expect(result).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('guardian') });
    expect(result.stdout.text).toBe('on\n');
    await poll('it should be gone', 4_000, () => !isAlive(main));
    expect(
      await rig
        .open()
        .attach(execution.id)
        .then((attached) => attached.result),
    ).toMatchObject({ outcome: 'unknown' });
    await poll('what helped the guardian ends by itself', 8_000, () => isEmptyGroup(group));
    rmSync(spool, { recursive: true });
  });

  test('is unknown after the target was restarted', async () => {
    const execution = await running(rig.open(), 'sleep 67');
    const spool = rig.spoolOf(execution);
    const guardian = readFileSync(join(spool, 'guardian'), 'latin1');
    const main = pidIn(join(spool, 'main'));
    // A restart gives another boot's id, and ends every process.
    writeFileSync(join(spool, 'guardian'), guardian.replace(/\S+\n$/, '00000000-0000-0000-0000-000000000000\n'));
    try {
      expect(await execution.result).toMatchObject({ outcome: 'unknown' });
      // Its pid may be somebody else's by now.
      expect(isAlive(main)).toBe(true);
      const [listed] = await rig.open().listDetached();
      expect(listed).toMatchObject({ id: execution.id, state: 'ended', outcome: 'unknown' });
    } finally {
      const group = groupOf(pidIn(join(spool, 'guardian')));
      process.kill(-group, 'SIGKILL');
      process.kill(-main, 'SIGKILL');
      await poll('all are gone', 4_000, () => isEmptyGroup(group));
      rmSync(spool, { recursive: true });
    }
  });

  test('whose output somebody removed keeps no guardian, which looks each minute', async () => {
    const path = mkdtempSync(join(rig.state, 'hasty-'));
    const log = join(path, 'log');
    // A minute is over at once.
    const hasty = `#!/bin/sh\n[ "$1" != 60 ] || { echo 60 >>${log}; set -- 0.05; }\nexec ${execFileSync('sh', ['-c', 'command -v sleep'], { encoding: 'utf8' }).trim()} "$@"\n`;
    writeFileSync(join(path, 'sleep'), hasty, { mode: 0o755 });
    const execution = await running(rig.open({ path }), 'echo on', { keepMs: 86_400_000 });
    expect((await execution.result).stdout.text).toBe('on\n');
    const spool = rig.spoolOf(execution);
    const guardian = pidIn(join(spool, 'guardian'));
    await poll('it looks', 10_000, () => existsSync(log) && readFileSync(log, 'latin1').split('\n').length > 3);
    expect(isAlive(guardian)).toBe(true);
    renameSync(spool, `${spool}.gone`);
    await poll('the guardian is gone', 10_000, () => !isAlive(guardian));
    rmSync(`${spool}.gone`, { recursive: true });
  }, 40_000);

  test('that somebody else kills is signaled', async () => {
    const execution = await running(rig.open(), 'exec sleep 67');
    process.kill(pidIn(join(rig.spoolOf(execution), 'main')), 'SIGKILL');
    expect(await execution.result).toMatchObject({ outcome: 'signaled', signal: 'SIGKILL' });
  });

  test('whose reader loses its channel is unknown there, and can be attached to again', async () => {
    const executor = rig.open();
    const execution = await running(executor, 'echo one; sleep 0.7; echo two');
    await poll('it is being read', 4_000, () => rig.readers().length > 0);
    for (const pid of rig.readers()) process.kill(pid, 'SIGKILL');
    expect(await execution.result).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('attach') });
    const attached = await executor.attach(execution.id);
    expect((await attached.result).stdout.text).toBe('one\ntwo\n');
  });

  test('goes on when its client is killed, and nothing of the client stays', async () => {
    const client = startDetaching({ state: rig.state }, 'echo $$; sleep 1; echo over');
    await client.lines.next();
    const { value: pid } = await client.lines.next();
    await poll('it is being read', 4_000, () => rig.readers().length > 0);
    await client.kill();
    const executor = rig.open();
    const listed = (await executor.listDetached()).find((one) => one.state === 'running');
    const result = await (await executor.attach(listed?.id ?? '')).result;
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(result.stdout.text).toBe(`${pid}\nover\n`);
    await poll('no reader stays', 8_000, () => rig.readers().length === 0);
  });

  test('that times out is not over before a daemon is, which ignores SIGTERM', async () => {
    const daemon = join(rig.state, 'daemon');
    const script = `setsid sh -c 'trap "" TERM; echo $$ >${daemon}; sleep 67; sleep 67' >/dev/null 2>&1 & sleep 67`;
    const execution = await running(rig.open(), script, { timeoutMs: 600, killGraceMs: 1_000 });
    expect((await execution.result).outcome).toBe('timed-out');
    expect(isAlive(pidIn(daemon))).toBe(false);
    rmSync(daemon);
  });

  test('whose daemon prints on beyond what is kept has a result that tells of it, since nobody counts to its end', async () => {
    const script = 'setsid sh -c \'trap "" PIPE; i=0; while [ $i -lt 60 ]; do echo more; sleep 0.1; i=$((i + 1)); done\' &';
    const execution = await running(rig.open(), script, { maxSpoolBytes: 2 });
    expect(await execution.result).toMatchObject({ outcome: 'exited', exitCode: 0, cause: 'limit' });
  });

  test.runIf(process.getuid?.() === 0)('whose spool lies on a full disk runs to its end, and what was lost is told', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'errand-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
    try {
      const execution = await running(rig.open({ state: disk }), 'head -c 1000000 /dev/zero | tr "\\0" x; echo end >&2; exit 3');
      const result = await execution.result;
      expect(result).toMatchObject({ outcome: 'exited', exitCode: 3, cause: 'limit' });
      expect(result.stdout.totalBytes - result.stdout.omittedBytes).toBeLessThan(256 * 1024);
      expect(result.stdout.omittedBytes).toBeGreaterThan(600_000);
      expect(Buffer.from(result.stdout.head).equals(Buffer.alloc(result.stdout.head.length, 'x'))).toBe(true);
      await poll('it is removed', 8_000, () => !existsSync(rig.spoolOf(execution, disk)));
    } finally {
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true });
    }
  });

  test('that nobody waits for leaves no process and no file after keepMs', async () => {
    await rig.isEmpty();
  });
});
