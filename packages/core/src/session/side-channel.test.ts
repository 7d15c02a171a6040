import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { ByteChannel } from '../driver.ts';
import { openInput, openOutput } from './side-channel.ts';

/** A shell that dies of a fork that failed, after another one, which has its pipes. */
async function dying(): Promise<ByteChannel> {
  const shell = spawn('sh', ['-c', 'sleep 60 & exit 2'], { detached: true });
  const closed = once(shell, 'exit').then(() => {});
  return {
    stdin: shell.stdin,
    stdout: shell.stdout,
    stderr: shell.stderr,
    closed,
    destroy: () => process.kill(-(shell.pid ?? 0), 'SIGKILL'),
  };
}

test.each([openOutput, openInput])(
  'pipes whose shell ended before it had made all of them are refused at once, whoever holds them',
  async (open) => {
    await expect(open(dying)).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('out of processes') });
  },
);
