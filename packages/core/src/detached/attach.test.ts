import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localExecutor } from '../local/local-executor.ts';

describe.skipIf(!localExecutor().supports.detached)('a detached execution', () => {
  let home: string;
  const make = (): ReturnType<typeof localExecutor> =>
    localExecutor({ environment: { PATH: process.env['PATH'] ?? '', XDG_STATE_HOME: home } });

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'errand-attach-'));
  });

  afterAll(() => rm(home, { recursive: true, force: true }));

  it('that was just attached to is running: a signal of its own neither ends it nor keeps it from anything', async () => {
    await using first = make();
    const script = 'trap "echo got" USR1; echo up; while [ ! -e stop ]; do sleep 0.05; done; exit 3';
    const execution = first.spawn(script, { detached: true, keepMs: 1_000, cwd: home, timeoutMs: 20_000 });
    for await (const { data } of execution) if (String(data).includes('up')) break;

    await using second = make();
    const attached = await second.attach(execution.id);
    expect(attached.state).toBe('running');
    await attached.kill('SIGUSR1');
    for await (const { data } of attached) if (String(data).includes('got')) break;
    await attached.kill();
    expect(await attached.result).toMatchObject({ outcome: 'signaled', signal: 'SIGTERM' });
    await expect.poll(() => second.listDetached(), { timeout: 10_000 }).toEqual([]);
  });

  it('with an idempotency key is kept for a day too, where nobody says for how long', async () => {
    await using executor = make();
    const { executionId } = await executor.exec('exit 0', { detached: true, idempotencyKey: 'a' });
    const folder = join(home, 'errand', 'spool', executionId.slice('local-'.length));
    const [expires, guardian] = await Promise.all(['expires', 'guardian'].map((file) => readFile(join(folder, file), 'utf8')));
    const stat = await readFile(`/proc/${guardian?.split(' ')[0]}/stat`, 'utf8');
    process.kill(-Number(stat.split(') ')[1]?.split(' ')[2]), 'SIGKILL');
    expect(Number(expires) - Date.now() / 1000).toBeGreaterThan(80_000);
  });
});
