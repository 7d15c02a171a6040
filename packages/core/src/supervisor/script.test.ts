import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import type { ByteChannel } from '../driver.ts';
import { isAlive, startTime } from '../testing/tools/processes.ts';
import { allGone, cleanUp, openSh, STUBBORN, startCommand } from '../testing/tools/supervisor-rig.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import { supervisorSource } from './script.ts';

afterEach(cleanUp);

interface Raw {
  readonly channel: ByteChannel;
  readonly inbox: string;
  readonly write: (bytes: string | Uint8Array) => void;
  readonly line: () => Promise<string>;
}

const SETTINGS = { executorMarker: '0a1b', silenceSeconds: 0, unregistered: false, nonce: 'NONCE' };

async function raw(sh: string, source = supervisorSource(SETTINGS)): Promise<Raw> {
  const channel = await openSh(sh);
  const lines = createInterface({ input: channel.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('The supervisor ended.');
    return value;
  };
  channel.stdin.write(source);
  const [, inbox = ''] = /^NONCE hello \S+ \S+ \S+ (.*)$/.exec(await line()) ?? [];
  return { channel, inbox, write: (bytes) => channel.stdin.write(bytes), line };
}

async function quit({ channel }: Raw): Promise<void> {
  channel.stdin.end('Q\n');
  await channel.closed;
}

/** The supervisor on a system without /proc. */
function withoutProc(): string {
  return supervisorSource(SETTINGS).replaceAll('/proc/', '/nonexistent/');
}

describe.each(POSIX_SHELLS)('the supervisor script in $name', ({ command: sh }) => {
  test('answers on after input of any kind', async () => {
    const one = await raw(sh);
    const canary = `/tmp/errand-canary-${process.pid}`;
    one.write(Buffer.from([0, 1, 2, 255, 254, 10, 13, 10, 10, 92, 10]));
    one.write(`${'x'.repeat(200_000)}\n`);
    for (const text of [
      '$(touch CANARY)',
      '`touch CANARY`',
      "'; touch CANARY; '",
      '"',
      '*',
      '-n',
      '%s%n',
      '\\',
      '((',
      'R',
      'U',
      'S',
      'A',
      'H x y z',
      'P',
      'P x',
      'R R R R R R',
    ]) {
      for (const operation of ['', 'R ', 'R k ', 'R k 1 ', 'U ', 'S ', 'S 1 ', 'S 1 k ', 'S 1 k TERM ', 'A ', 'A 1 ', 'X ']) {
        one.write(`${operation}${text.replace('CANARY', canary)}\n`);
      }
    }
    for (const number of ['08', '0x10', '-1', '1e3', '99999999999999999999', '1+1', 'a[$(touch CANARY)]']) {
      one.write(`R k ${number} 0 - 0\nR k 99999 ${number} - 0\nR k 99999 0 ${number} 0\nR k 99999 0 - ${number}\n`);
    }
    one.write('S last k SIG0 group\n');
    for (let line = ''; line !== 's last 0'; ) line = await one.line();
    expect(existsSync(canary)).toBe(false);
    await quit(one);
  });

  test('takes registrations through its inbox, also from many at once', async () => {
    const one = await raw(sh);
    const commands = await Promise.all(Array.from({ length: 8 }, () => startCommand('', 'echo $$; exec sleep 60')));
    await Promise.all(
      commands.map(async ({ pid }, i) => {
        const launcher = await openSh(sh);
        launcher.stdin.end(`printf 'R k%s %s %s - 500\\n' ${i} ${pid} ${startTime(pid)} >${one.inbox}\n`);
        await launcher.closed;
      }),
    );
    for (const [i] of commands.entries()) {
      one.write(`S ${i} k${i} SIGKILL group\n`);
      expect(await one.line()).toBe(`s ${i} 1`);
    }
    await allGone(commands.map(({ pid }) => pid));
    await quit(one);
  });

  test('forgets what is released', async () => {
    const one = await raw(sh);
    const { pid } = await startCommand('', 'echo $$; exec sleep 60');
    one.write(`R k ${pid} 0 - 500\nS 1 k SIG0 group\nU k 0\nS 2 k SIG0 group\n`);
    expect([await one.line(), await one.line()]).toEqual(['s 1 1', 's 2 0']);
    one.channel.stdin.destroy();
    await one.channel.closed;
    expect(isAlive(pid)).toBe(true);
  });

  test('is known by a FIFO that only its user can open where there is no /proc, and removes it', async () => {
    const before = new Set(readdirSync(tmpdir()));
    const one = await raw(sh, withoutProc());
    const directory = readdirSync(tmpdir()).find((name) => name.startsWith('errand.') && !before.has(name));
    expect(one.inbox).toBe(`${tmpdir()}/${directory}/in`);
    const { pid, pids, ended } = await startCommand('', 'echo $$; sleep 60 & echo $!; wait', 2);
    const launcher = await openSh(sh);
    launcher.stdin.end(`echo R k ${pid} 0 - 500 >${one.inbox}\n`);
    await launcher.closed;
    one.write('S 1 k SIG0 group\nS 2 k SIG0 tree\nS 3 k SIGTERM tree\n');
    expect([await one.line(), await one.line(), await one.line()]).toEqual(['s 1 1', 's 2 1', 's 3 1']);
    expect(await ended).toBe('SIGTERM');
    await allGone(pids);
    await quit(one);
    expect(existsSync(one.inbox)).toBe(false);
  });

  test('ends what it knows at the end of its input where there is no /proc', async () => {
    const one = await raw(sh, withoutProc());
    const { pid, pids, ended } = await startCommand('', STUBBORN);
    one.write(`R k ${pid} 0 - 400\nS 1 k SIG0 group\n`);
    expect(await one.line()).toBe('s 1 1');
    one.channel.stdin.destroy();
    expect(await ended).toBe('SIGKILL');
    await allGone(pids);
    await one.channel.closed;
    expect(existsSync(one.inbox)).toBe(false);
  });
});

test('nothing is written to the shell but one line of its own after the functions', () => {
  const lines = supervisorSource(SETTINGS).trimEnd().split('\n');
  expect(lines.at(-1)).toBe('__errand_supervise 0a1b 0 0 NONCE; exit');
});
