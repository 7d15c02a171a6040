import { expect, onTestFinished, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { isReading, stdinOf } from './blocked-reads.ts';
import { localExecutor } from './local-executor.ts';
import { localSupports } from './local-supports.ts';

test.skipIf(!localSupports().inputWait)(
  'what a command put in the place of its stdin at once is not taken for it, however late this process looks',
  async () => {
    await using executor = localExecutor();
    // As in a busy server: each turn of the event loop comes when the command is long beyond its first steps.
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const busy = setInterval(() => Atomics.wait(pause, 0, 0, 100), 1);
    onTestFinished(() => clearInterval(busy));
    const pids: number[] = [];
    await using execution = executor.spawn(['bash', '-c', 'echo $$; exec < <(sleep 60) && read -r line'], {
      stdin: 'pipe',
      limits: { openFiles: 100 },
      onOutput: ({ data }) => pids.push(Number(Buffer.from(data))),
    });
    await poll('it reads something else', 10_000, () => {
      const [pid = 0] = pids;
      const input = stdinOf(pid);
      return input !== undefined && isReading(pid, input);
    });
    expect(await execution.waitsForInput()).toBe(false);
  },
);

test.skipIf(!localSupports().inputWait)('what is stopped while it reads waits for no input until it goes on', async () => {
  await using executor = localExecutor();
  await using execution = executor.spawn('read -r line', { stdin: 'pipe' });
  const waits = (): Promise<boolean> => execution.waitsForInput();
  await poll('it waits for input', 10_000, waits);
  await execution.kill('SIGSTOP');
  await poll('it is stopped', 10_000, async () => !(await waits()));
  await execution.kill('SIGCONT');
  await poll('it waits for input again', 10_000, waits);
});
