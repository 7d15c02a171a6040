import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ByteChannel, type Driver, NotStarted } from '../driver.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { lineDriver } from '../testing/line-driver.ts';
import { poll } from '../testing/tools/poll.ts';
import { isAlive } from '../testing/tools/processes.ts';
import { allGone } from '../testing/tools/supervisor-rig.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import { guardedShell } from './guarded-shell.ts';
import { LaunchedDriver } from './launched-driver.ts';

const NEVER = new AbortController().signal;
const made: LaunchedDriver[] = [];
const pids: number[] = [];

afterEach(async () => {
  await Promise.all(made.splice(0).map((driver) => driver.close()));
  for (const pid of pids.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});

interface Rig {
  readonly driver: LaunchedDriver;
  /** In the order in which they were opened: the first is a supervisor's. */
  readonly channels: readonly ByteChannel[];
}

/** @param between What is done to each channel before core has it. */
function rig(sh: string, between: (channel: ByteChannel, channels: readonly ByteChannel[]) => Promise<ByteChannel> | ByteChannel): Rig {
  const channels: ByteChannel[] = [];
  const inner = lineDriver({ loginShell: '/bin/sh', sh });
  const openShell: Driver['openShell'] = async (signal) => {
    const channel = await inner.openShell?.(signal);
    if (!channel) throw new Error('no shell');
    channels.push(channel);
    return between(channel, channels);
  };
  const driver = new LaunchedDriver({ ...inner, openShell }, { executorMarker: randomBytes(16).toString('hex'), lifelineMs: 30_000 });
  made.push(driver);
  return { driver, channels };
}

/** Only the first shell, the supervisor's, is one; `other` is in the place of those that follow. */
function onlyFirst(other: string): LaunchedDriver {
  const place = lineDriver({ loginShell: '/bin/sh', sh: other });
  return rig('/bin/sh', async (channel, [supervisor]) => {
    if (supervisor === channel) return channel;
    channel.destroy();
    return (await place.openShell?.(NEVER)) ?? channel;
  }).driver;
}

const AS_IT_IS = (channel: ByteChannel): ByteChannel => channel;

/** Has the shell start a process that does not heed the end of its input, and wait for it: the pids of both. */
async function occupy({ stdin, stdout }: ByteChannel): Promise<readonly number[]> {
  stdin.write('sleep 60 & echo $$ $!; wait\n');
  for await (const line of createInterface({ input: stdout })) {
    const found = line.split(' ').map(Number);
    pids.push(...found);
    return found;
  }
  throw new Error('the shell said nothing');
}

describe.each(POSIX_SHELLS)('a shell in $name that nobody hears any more', ({ command: sh }) => {
  test('ends with its client, and what it started too', async () => {
    const { driver, channels } = rig(sh, AS_IT_IS);
    const found = await occupy(await driver.openShell(NEVER));
    channels[0]?.stdin.destroy();
    await allGone(found);
  });

  test('goes on where something else guards it by now', async () => {
    const { driver, channels } = rig(sh, AS_IT_IS);
    const other = await occupy(await driver.openShell(NEVER));
    const shell = await driver.openShell(NEVER);
    shell.stdin.write(`${shell.unguarding}\n`);
    const found = await occupy(shell);
    channels[0]?.stdin.destroy();
    await allGone(other);
    expect(found.every(isAlive)).toBe(true);
  });

  test('is told to the next supervisor where the first died before it registered', async () => {
    const { driver, channels } = rig(sh, async (channel, [supervisor]) => {
      if (supervisor === channel) return channel;
      if (channels.length > 2) return channel;
      supervisor?.destroy();
      await supervisor?.closed;
      return channel;
    });
    const found = await occupy(await driver.openShell(NEVER));
    await poll('another supervisor', 10_000, () => channels.length === 3);
    // It answers once it was told.
    await driver.openShell(NEVER);
    channels[2]?.stdin.destroy();
    await allGone(found);
  });

  test('is ended where its own connection was lost', async () => {
    const lost = Promise.withResolvers<void>();
    lost.promise.catch(() => {});
    const { driver } = rig(sh, (channel, [supervisor]) => (supervisor === channel ? channel : { ...channel, closed: lost.promise }));
    const found = await occupy(await driver.openShell(NEVER));
    lost.reject(new Error('the connection was lost'));
    await allGone(found);
  });

  test('writes nothing to what the inbox of a supervisor that died has become', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'errand-inbox-'));
    const file = openSync(join(directory, 'file'), 'w+');
    try {
      writeSync(file, "somebody else's");
      const { driver } = rig(sh, AS_IT_IS);
      const channel = await driver.openShell(NEVER);
      const unborn = guardedShell(
        channel,
        'marker.shell-1',
        `1 stat /proc/${process.pid}/fd/${file}`,
        driver.warm.supervisor as Supervisor,
      );
      channel.stdin.end(`${unborn.unguarding}\n`);
      await channel.closed;
      expect(readFileSync(join(directory, 'file'), 'utf8')).toBe("somebody else's");
    } finally {
      closeSync(file);
      rmSync(directory, { recursive: true });
    }
  });
});

describe('something else in the place of a shell', () => {
  test('that ends without an answer has certainly done nothing that it was sent', async () => {
    const driver = onlyFirst('echo only this');
    await expect((await driver.openShell(NEVER)).greeted).rejects.toBeInstanceOf(NotStarted);
    const says = { code: 'EXEC_UNAVAILABLE', message: expect.stringMatching(/^Nothing was done: .*ForceCommand/) };
    await expect(driver.files.exists('/')).rejects.toMatchObject(says);
    await expect(driver.files.write('/nowhere/file', 'content')).rejects.toMatchObject(says);
  });

  test('that ends once it may have registered leaves open what it did', async () => {
    const driver = rig('/bin/sh', (channel, [supervisor]) => {
      if (supervisor === channel) return channel;
      // Its answer is lost, and it ends after it.
      channel.stdout.destroy();
      channel.closed.then(
        () => answerless.push(null),
        () => {},
      );
      const answerless = new Readable({ read() {} });
      return { ...channel, stdout: answerless };
    }).driver;
    const says = { code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('whether it was done is not known') };
    await expect(driver.files.exists('/')).rejects.toMatchObject(says);
  });

  test('that waits is given up', async () => {
    const driver = onlyFirst('sleep 60');
    // With a supervisor that answered.
    (await driver.openShell(NEVER)).destroy();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const waits = await driver.openShell(NEVER);
    const answer = expect(waits.greeted).rejects.toMatchObject({
      code: 'EXEC_UNAVAILABLE',
      message: expect.stringContaining('ForceCommand'),
    });
    vi.advanceTimersByTime(30_000);
    await answer;
    await waits.closed;
  });
});
