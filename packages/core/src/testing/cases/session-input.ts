import assert from 'node:assert/strict';
import type { Concern, Kit } from '../case.ts';
import { pattern } from '../tools/pattern.ts';
import { said } from '../tools/said.ts';
import { unique } from '../tools/target.ts';

/** What a session's commands are given, and what nobody else sees of it. */
export const sessionInput: Concern = {
  name: 'a session hands input over',
  cases: ({ sessions, stdin }) =>
    sessions
      ? [
          ...(stdin
            ? [
                { name: "stdin of a session's command arrives whole, and is nobody else's", run: whole },
                { name: "stdin that a session's command does not read is no fault", run: unread },
              ]
            : []),
          { name: 'env and stdin of a session are in no command line', run: unseen },
        ]
      : [],
};

async function whole({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const bytes = pattern(16_384);
  const { stdout } = await session.exec('cat', { stdin: bytes, maxOutputBytes: 2 ** 22 });
  assert.ok(bytes.equals(stdout.bytes));
  assert.equal(await said(session, 'cat; echo end'), 'end\n');
  for (let i = 0; i < 20; i++)
    assert.equal((await session.exec('read -r a; echo "$a"', { stdin: `line ${i}\n` })).stdout.text, `line ${i}\n`);
}

async function unread({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const { outcome, stdout } = await session.exec('head -c 3', { stdin: pattern(32_768) });
  assert.deepEqual([outcome, stdout.text], ['exited', '000']);
  assert.equal((await session.exec(':', { stdin: pattern(32_768) })).exitCode, 0);
  assert.equal(await said(session, 'cat; echo end'), 'end\n');
}

async function unseen({ executor, supports }: Kit): Promise<void> {
  const secret = unique();
  const session = await executor.openSession({ env: { KIT_SECRET: secret } });
  const list = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; ps -A -ww -o args= 2>/dev/null; :";
  const { stdout } = await session.exec(list, { maxOutputBytes: 2 ** 26, ...(supports.stdin && { stdin: secret }) });
  assert.ok(stdout.totalBytes > 0, 'The target should list its processes.');
  assert.ok(!stdout.text.includes(secret), 'It is in a command line on the target.');
}
