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
});
