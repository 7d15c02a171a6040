import { sshExecutor } from '@errand/backend-ssh';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { processFile } from '../servers/process-table.ts';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

/** More than ssh2's window, but not more than sshd takes all the same: it tells the end of what wrote it before the rest of it. */
const BYTES = 4_240_000;

describe.skipIf(SshServer.isSkipped)('a reader that stalls, over SSH,', () => {
  let host: SshHost;

  beforeAll(async () => {
    host = await startSshHost(['dash']);
  });

  afterAll(() => host?.stop());

  test('does not hold back the result of a detached command, however much of its output it left', async () => {
    await using executor = sshExecutor(host.options());
    const options = { detached: true, keepMs: 1, killGraceMs: 100 } as const;
    for (let i = 0; i < 4; i += 1) {
      const execution = executor.spawn(`head -c ${BYTES} /dev/zero; echo over >&2; exit 3`, options);
      await execution.stdout[Symbol.asyncIterator]().next();
      // What says how it ended lies behind what nobody reads.
      expect(await execution.result).toMatchObject({ outcome: 'exited', exitCode: 3, stdout: { totalBytes: BYTES } });
    }
  });

  // Within ssh2's window; within ours and what sshd and the pipes hold besides, so that the shell is gone before all of it came.
  test.each([4_220_000, 6_000_000, 6_340_000])('loses nothing uncounted of %i bytes of the command that ends a session', async (bytes) => {
    await using executor = sshExecutor(host.options());
    const command = `head -c ${bytes} /dev/zero; echo over >&2; exit 3`;
    for (let i = 0; i < 2; i += 1) {
      const session = await executor.openSession();
      const stalled = session.spawn(command, { killGraceMs: 100 });
      await stalled.stdout[Symbol.asyncIterator]().next();
      expect(await stalled.result).toMatchObject({ outcome: 'exited', exitCode: 3, stdout: { totalBytes: bytes } });
      await session.close();
    }
  });

  test('has all that the command wrote which ended a session, also where it goes on after that', async () => {
    await using executor = sshExecutor(host.options());
    const session = await executor.openSession();
    const pid = (await session.exec('echo $$')).stdout.text.trim();
    const ending = session.spawn('head -c 6000000 /dev/zero; echo over >&2; exit 3', { killGraceMs: 30_000 });
    let bytes = 0;
    for await (const { length } of ending.stdout) {
      // All of it fits on the way.
      if (bytes === 0) await vi.waitUntil(() => processFile(pid, 'stat') === '', { timeout: 30_000 });
      bytes += length;
    }
    expect(bytes).toBe(6_000_000);
    expect(await ending.result).toMatchObject({ outcome: 'exited', exitCode: 3, stderr: { text: 'over\n' } });
    await session.close();
  });

  test.each([{}, { shells: { max: 1 } }])('of one stream holds back both, and loses nothing once it goes on (%j)', async (options) => {
    await using executor = sshExecutor({ ...host.options(), ...options });
    const script = 'i=0; while [ $i -lt 400 ]; do head -c 100000 /dev/zero; head -c 100000 /dev/zero >&2; i=$((i+1)); done';
    // It waits for its reader until then.
    const stalled = executor.spawn(script, { timeoutMs: 3_000, killGraceMs: 100 });
    stalled.stderr.pause();
    stalled.stdout.resume();
    const { outcome, stderr } = await stalled.result;
    expect(outcome).toBe('timed-out');
    expect(stderr.totalBytes).toBeLessThan(16_000_000);
    const slow = executor.spawn(script);
    let held = 0;
    const { stderr: other, stdout } = slow;
    for await (const data of stdout) {
      held += data.length;
      if (held > 2_000_000) other.resume();
    }
    expect(await slow.result).toMatchObject({ outcome: 'exited', stdout: { totalBytes: 40_000_000 }, stderr: { totalBytes: 40_000_000 } });
  });
});
