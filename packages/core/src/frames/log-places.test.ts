import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import { logged, removeLogs } from './log-rig.fixture.ts';

afterEach(removeLogs);

const ALL = Buffer.from(Array.from({ length: 1_000 }, (_, i) => i % 256));

describe.each(POSIX_SHELLS)('a logged command whose input or output has another way, run by $name', ({ command: shell }) => {
  test('a stdin that is fed comes whole, once however often, and one that was cut off is not taken', async () => {
    const input = Buffer.alloc(3_000_001, ALL);
    const run = logged(shell, 'echo on >&2; cat', { input, stdin: true, isFed: true });
    expect(run.feed(input.subarray(0, -1))).toBe(false);
    expect(run.feed(Buffer.concat([input, ALL]))).toBe(false);
    expect(run.words).toEqual([]);
    expect(run.feed(input)).toBe(true);
    expect(run.feed(input)).toBe(true);
    const { stdout, stderr, end } = await run.over;
    expect(stdout.equals(input)).toBe(true);
    expect(stderr.toString()).toBe('on\n');
    expect(end?.code).toBe(0);
  });

  test('a stdin that never comes is waited for as long as the command may run, and no longer than it is wanted', async () => {
    const late = logged(shell, ':', { input: ALL, stdin: true, isFed: true, deadlineMs: 10 });
    await late.over;
    expect(late.words).toEqual(['refused input']);
    const cancelled = logged(shell, ':', { input: ALL, stdin: true, isFed: true, deadlineMs: 60_000 });
    await poll('it waits', 5_000, () => existsSync(join(cancelled.output, 'root')));
    cancelled.ask('end', 'cancelled');
    await cancelled.over;
    expect(cancelled.words).toEqual(['refused ended']);
  });

  test('spooled, both streams come whole to who reads from any byte, and their ends to who does not', async () => {
    const script = 'echo on; head -c 5000000 /dev/zero | tr "\\0" x; printf "err\\0" >&2; sleep 0.5; echo off; exit 3';
    const run = logged(shell, script, { spoolBytes: 2 ** 30 });
    await poll('it runs', 5_000, () => run.words.length === 1);
    const [all, late] = await Promise.all([run.read(0, 0), run.read(5_000_003, 2)]);
    run.ask('taken');
    const { stdout, end, code } = await run.over;
    expect(all[0].subarray(0, 5_000_007).equals(Buffer.from(`on\n${'x'.repeat(5_000_000)}off\n`))).toBe(true);
    expect(late[0].equals(all[0].subarray(5_000_003))).toBe(true);
    expect(all[1].subarray(0, 4).toString('latin1')).toBe('err\0');
    expect(late[1].equals(all[1].subarray(2))).toBe(true);
    expect(end).toMatchObject({ how: 'exited', code: 3 });
    expect(stdout.length).toBe(0);
    expect(code).toBe(3);
    expect(run.missing()).toEqual([5_000_007, 4]);
  });

  test('spooled, it waits for each of its readers, also when one has said that it took all', async () => {
    const run = logged(shell, 'head -c 1000000 /dev/zero', { spoolBytes: 2 ** 30 });
    await poll('it runs', 5_000, () => run.words.length === 1);
    const slow = run.reader(0, 0);
    const [stdout] = await run.read(0, 0);
    expect(stdout.subarray(0, 1_000_000).equals(Buffer.alloc(1_000_000))).toBe(true);
    run.ask('taken');
    const over = run.over.then(() => 'over');
    expect(await Promise.race([over, delay(500, 'waits')])).toBe('waits');
    expect((await buffer(slow.stdout)).equals(stdout)).toBe(true);
    expect(await over).toBe('over');
  });

  test('what is beyond the bound of a spool is counted', async () => {
    const run = logged(shell, 'head -c 50000000 /dev/zero', { spoolBytes: 1_000_000 });
    await poll('it runs', 5_000, () => run.words.length === 1);
    const [stdout] = await run.read(0, 0);
    expect(stdout.length).toBeGreaterThanOrEqual(1_000_000);
    expect(stdout.length).toBeLessThan(20_000_000);
    run.ask('taken');
    await run.over;
    expect(run.missing()).toEqual([50_000_000, 0]);
  });
});
