import { expect, test } from 'vitest';
import type { ByteChannel, Driver } from '../driver.ts';
import { createExecutor } from '../engine/create-executor.ts';
import { lineDriver } from '../testing/line-driver.ts';
import { nothingCarries } from '../testing/tools/session-rig.ts';
import { within } from '../testing/tools/within.ts';

test('opening a session rejects at the abort, though its shell heeds nothing yet, as bash where it is out of processes', async () => {
  const inner = lineDriver({ loginShell: '/bin/sh' });
  const busy = lineDriver({ loginShell: '/bin/sh', sh: 'sleep 60' });
  const opened: ByteChannel[] = [];
  const reached = Promise.withResolvers<void>();
  let marker = '';
  const makeDriver = (_: unknown, { executorMarker }: { executorMarker: string }): Driver => {
    marker = executorMarker;
    return {
      ...inner,
      openShell: async (signal): Promise<ByteChannel> => {
        // The supervisor comes first.
        const channel = (await (opened.length === 1 ? busy : inner).openShell?.(signal)) as ByteChannel;
        opened.push(channel);
        if (opened.length !== 2) return channel;
        setImmediate(() => reached.resolve());
        return { ...channel, destroy: () => {} };
      },
    };
  };
  const executor = createExecutor({ kind: 'busy', makeDriver }, {});
  const caller = new AbortController();
  const opening = executor.openSession({ signal: caller.signal });
  await reached.promise;
  const reason = new Error('enough');
  caller.abort(reason);
  await expect(within(10_000, opening, 'the rejection')).rejects.toBe(reason);
  // It comes to its senses.
  opened[1]?.destroy();
  await within(10_000, executor.close(), 'close()');
  await nothingCarries(marker);
});
