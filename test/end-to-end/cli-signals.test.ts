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

  test('a second time kills what ignores the first', async () => {
    const child = start(['run', '-c', 'trap "echo no" TERM; echo up; while :; do sleep 0.05; done']);
    await heard(child.stdout, /up\n/);
    const refused = heard(child.stdout, /no\n/);
    child.kill('SIGTERM');
    await refused;
    const begin = performance.now();
    child.kill('SIGTERM');
    expect(await exitOf(child)).toBe(143);
    // The grace that it had without the second is 5 s.
    expect(performance.now() - begin).toBeLessThan(4_000);
  });

  test('waits for no reader that has stopped reading', async () => {
    const child = start(['run', 'yes']);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdout.pause();
    child.kill('SIGTERM');
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
