import { describe, expect, test } from 'vitest';
import { ended, exitOf, start } from './cli/errand.ts';
import { heard } from './cli/output.ts';
import { uniqueSleep, untilRunning } from './cli/stray.ts';

/** Its main process, a child, and a grandchild in a session of its own: three that sleep. */
const tree = (sleep: string): string => `${sleep} & setsid sh -c '${sleep} & wait' & exec ${sleep}`;

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

describe.concurrent('errand run that is told to end', () => {
  test.for(SIGNALS)('by %s ends the whole tree and exits quietly with %i', async ([signal, code]) => {
    const sleep = uniqueSleep();
    const child = start(['run', '-c', tree(sleep)]);
    await untilRunning(sleep, 3, 15_000);
    child.kill(signal);
    expect(await ended(child)).toEqual({ code, stdout: Buffer.alloc(0), stderr: '' });
    await untilRunning(sleep, 0, 1_000);
  });

  test('by Ctrl-C, which reaches its whole job, does so too', async () => {
    const sleep = uniqueSleep();
    const child = start(['run', '-c', tree(sleep)]);
    await untilRunning(sleep, 3, 15_000);
    process.kill(-child.pid, 'SIGINT');
    expect(await exitOf(child)).toBe(130);
    await untilRunning(sleep, 0, 1_000);
  });

  test('gives the command time to clean up, and passes on what it prints', async () => {
    const child = start(['run', '-c', 'trap "echo cleaning; sleep 0.3; echo clean; exit 0" TERM; echo up; while :; do sleep 0.05; done']);
    await heard(child.stdout, /up\n/);
    child.kill('SIGTERM');
    const { code, stdout } = await ended(child);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 143, stdout: 'cleaning\nclean\n' });
  });

  test('a second time waits neither for what ignores the first nor for a reader that stopped reading', async () => {
    const sleep = uniqueSleep();
    const [stubborn, stalled] = [
      start(['run', '-c', 'trap "echo no" TERM; echo up; while :; do sleep 0.05; done']),
      start(['run', '-c', `(sleep 0.7; echo full >&2; exec ${sleep}) & exec yes`]),
    ];
    const [refused, full] = [heard(stubborn.stdout, /no\n/), heard(stalled.stderr, /full\n/)];
    stalled.stdout.pause();
    await heard(stubborn.stdout, /up\n/);
    stubborn.kill('SIGTERM');
    await Promise.all([refused, full]);
    await untilRunning(sleep, 1, 15_000);
    stalled.kill('SIGTERM');
    // Two signals of a kind that come at once are one.
    await untilRunning(sleep, 0, 5_000);
    const begin = performance.now();
    for (const child of [stubborn, stalled]) child.kill('SIGTERM');
    expect(await Promise.all([exitOf(stubborn), exitOf(stalled)])).toEqual([143, 143]);
    // Either would have had 5 s.
    expect(performance.now() - begin).toBeLessThan(4_000);
  });

  test('waits no longer than it has to for a reader that stopped reading', async () => {
    const child = start(['run', '-c', '(sleep 0.7; echo full >&2) & exec yes']);
    child.stdout.pause();
    await heard(child.stderr, /full\n/);
    child.kill('SIGTERM');
    expect(await exitOf(child)).toBe(143);
  });

  test('with --json still prints the result', async () => {
    const sleep = uniqueSleep();
    const child = start(['run', '--json', '-c', `echo out; exec ${sleep}`]);
    await untilRunning(sleep, 1, 15_000);
    child.kill('SIGTERM');
    const { code, stdout } = await ended(child);
    expect(code).toBe(143);
    expect(JSON.parse(stdout.toString())).toMatchObject({ outcome: 'cancelled', reason: 'errand got SIGTERM', stdout: { text: 'out\n' } });
  });

  test('when it is killed itself leaves nothing either', async () => {
    const sleep = uniqueSleep();
    const child = start(['run', '-c', tree(sleep)]);
    await untilRunning(sleep, 3, 15_000);
    child.kill('SIGKILL');
    await untilRunning(sleep, 0, 30_000);
  });
});
