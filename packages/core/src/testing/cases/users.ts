import assert from 'node:assert/strict';
import type { Executor } from '../../executor.ts';
import type { Concern, Kit } from '../case.ts';
import { readAll } from '../tools/read-all.ts';
import { gone, output } from '../tools/target.ts';

/** Commands of other users than the executor's own. */
export const users: Concern = {
  name: 'other users',
  cases: ({ user, kill, terminal }) => {
    if (!user) return [];
    return [
      { name: 'user is as whom a command runs, and the next one runs as before', run: asAnother },
      { name: "another user's commands have cwd, env, stdin and both streams as any", run: asAny },
      ...(kill
        ? [
            { name: "a timeout ends all that another user's command started", run: timeout },
            { name: "close() ends another user's command", run: closing },
          ]
        : []),
      ...(terminal ? [{ name: 'a terminal is of the user that was named', run: inTerminal }] : []),
    ];
  },
};

const TREE = 'sleep 4327 & echo $!; wait';

/** One that every target has, and is not the executor's own. */
async function another(executor: Executor): Promise<{ readonly user: string; readonly uid: string }> {
  const own = await output(executor, 'id -u');
  return own === '65534' ? { user: 'root', uid: '0' } : { user: 'nobody', uid: '65534' };
}

async function asAnother({ executor }: Kit): Promise<void> {
  const own = await output(executor, 'id -u');
  const { user, uid } = await another(executor);
  assert.equal((await executor.exec('id -u', { user })).stdout.text, `${uid}\n`);
  assert.equal((await executor.exec(['id', '-u'], { user: uid })).stdout.text, `${uid}\n`);
  assert.equal(await output(executor, 'id -u'), own);
}

async function asAny({ executor }: Kit): Promise<void> {
  const { user } = await another(executor);
  const options = { user, cwd: '/', env: { KIT_A: 'a b' }, stdin: 'given' };
  const result = await executor.exec('pwd; echo "$KIT_A"; cat; echo x >&2; exit 3', options);
  assert.deepEqual([result.stdout.text, result.stderr.text, result.exitCode], ['/\na b\ngiven', 'x\n', 3]);
}

async function timeout({ executor }: Kit): Promise<void> {
  const { user } = await another(executor);
  const result = await executor.exec(TREE, { user, timeoutMs: 700 });
  assert.equal(result.outcome, 'timed-out');
  await gone(executor, result.stdout.text.trim());
}

async function closing({ executor, make }: Kit): Promise<void> {
  const other = await make();
  const { user } = await another(other);
  const execution = other.spawn(TREE, { user });
  let pid = '';
  for await (const { data } of execution) {
    pid = Buffer.from(data).toString().trim();
    break;
  }
  await other.close();
  assert.equal((await execution.result).outcome, 'cancelled');
  await gone(executor, pid);
}

async function inTerminal({ executor }: Kit): Promise<void> {
  const { user, uid } = await another(executor);
  const terminal = await executor.openTerminal({ command: ['id', '-u'], user });
  assert.equal((await readAll(terminal.stream)).toString().trim(), uid);
}
