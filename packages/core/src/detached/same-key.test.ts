import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { KEEP_MS } from '../testing/tools/detached.ts';
import { isAlive } from '../testing/tools/processes.ts';
import { pidIn, running, SpoolRig } from '../testing/tools/spool-rig.ts';

const rig = new SpoolRig();

afterEach(() => rig.closeExecutors());

afterAll(() => rig.remove());

describe('detached commands of one idempotency key', () => {
  test.each(['killed', 'timed out'])('in spools of their own are not ended with one of them that is %s', async (how) => {
    const options = { detached: true, keepMs: KEEP_MS, idempotencyKey: `is ${how}` } as const;
    // As two accounts of a host have, of which root sees both.
    const state = join(rig.state, 'other');
    mkdirSync(state, { recursive: true });
    const other = await running(rig.open({ state }), 'sleep 67', options);
    const main = pidIn(join(rig.spoolOf(other, state), 'main'));
    const execution = await running(rig.open(), 'sleep 67', { ...options, ...(how === 'timed out' && { timeoutMs: 200 }) });
    if (how === 'killed') await (await rig.open().attach(execution.id)).kill();
    expect((await execution.result).outcome).toBe(how === 'killed' ? 'signaled' : 'timed-out');
    expect(isAlive(main)).toBe(true);
    await other.kill();
    expect(await other.result).toMatchObject({ outcome: 'signaled', signal: 'SIGTERM' });
    expect(isAlive(main)).toBe(false);
  });
});
