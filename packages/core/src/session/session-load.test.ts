import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { said } from '../testing/tools/said.ts';
import { begun, cleanUp, closedWhole, goesOnOrSaysWhy, sessionRig } from '../testing/tools/session-rig.ts';
import { namedShells } from '../testing/tools/test-shells.ts';

const { shells, remove } = namedShells();
afterAll(remove);
afterEach(cleanUp);

describe.each(shells)('a session on a busy processor in $name', ({ file }) => {
  test('goes on after its shell was killed, also while the checkpoint of the command before is not dead yet', async () => {
    // A shell that did not wait for that one lost two sessions of three.
    for (let round = 0; round < 2; round++) {
      const one = await sessionRig(file);
      const busy = await said(one.session, 'taskset -cp 0 $$ >/dev/null; for i in 1 2 3; do { while :; do :; done; } & echo $!; done');
      for (const [end, exitCode] of [
        [':', 0],
        ['kill -9 $$', 137],
      ] as const) {
        const execution = await begun(one.session, `echo begun; sleep 0.2; ${end}`);
        for (const pid of pinnedOrphans(one.pid)) setPriority(pid, 19);
        expect(await execution.result).toMatchObject({ outcome: 'exited', exitCode });
      }
      // What took over has that priority as well.
      for (const pid of busy.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
      expect(await goesOnOrSaysWhy(one.session)).toBe('on');
      await closedWhole(one);
    }
  });
});

/** What is in the group of that process, bound to the first processor, and no child of it: its checkpoints. */
function pinnedOrphans(shell: number): number[] {
  const group = /^NSpgid:\t(\d+)$/m.exec(statusOf(shell))?.[1];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      const status = pid > 0 && pid !== shell ? statusOf(pid) : '';
      return (
        status.includes(`\nNSpgid:\t${group}\n`) && status.includes('\nCpus_allowed_list:\t0\n') && !status.includes(`\nPPid:\t${shell}\n`)
      );
    });
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}
