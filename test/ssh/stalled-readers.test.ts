import { sshExecutor } from '@errand/backend-ssh';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
