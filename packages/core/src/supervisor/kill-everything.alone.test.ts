import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

test.runIf(isRoot)(
  'kill -9 -1 in a session ends all that runs, supervisor included; results are right or unknown, and new commands run',
  () => {
    const fixture = fileURLToPath(new URL('./kill-everything.fixture.ts', import.meta.url));
    const node = [process.execPath, '--conditions=@errand/source', fixture];
    const said = execFileSync('unshare', ['--pid', '--fork', '--mount-proc', ...node], { encoding: 'utf8', timeout: 60_000 });
    const { outcomes, output, idle, after, again, goesOn } = JSON.parse(said.trim().split('\n').at(-1) ?? '{}');
    // The kernel spares the process that sends it: a shell that does so goes on, if its session can still tell.
    const killer = outcomes[0][0] === 'unknown' ? ['unknown', null, output] : ['exited', 0, 'never\n'];
    expect([...outcomes[0], output]).toEqual(killer);
    expect([
      ['unknown', null],
      ['exited', 137],
    ]).toContainEqual(outcomes[1]);
    expect(['unknown', 'EXEC_SESSION_CLOSED']).toContain(idle);
    expect({ after, again, goesOn }).toEqual({ after: 'again\n', again: 'timed-out', goesOn: 'on\n' });
  },
);
