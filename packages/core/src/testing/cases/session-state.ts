import assert from 'node:assert/strict';
import type { Session } from '../../session.ts';
import type { Concern, Kit } from '../case.ts';
import { EVERY_BYTE, EVERY_BYTE_FORMAT } from '../tools/pattern.ts';
import { refused, refusedOption } from '../tools/refused.ts';
import { said } from '../tools/said.ts';

/** What a session keeps between its commands, and that each result is the command's own. */
export const sessionState: Concern = {
  name: 'a session keeps its state',
  cases: ({ sessions }) =>
    sessions
      ? [
          { name: 'a session keeps directory, variables, functions, aliases, umask and options', run: kept },
          { name: 'a session keeps stdout and stderr apart, byte for byte', run: exactBytes },
          { name: 'a session tells exit codes exactly', run: exitCodes },
          { name: "a session's $? is that of the command before", run: lastStatus },
          { name: 'commands sent to a session at once run in order', run: inOrder },
          { name: 'a session takes a script of 256 KiB and an environment of 64 KiB', run: large },
          { name: 'a session takes a script of 130,000 lines', run: manyLines },
          { name: 'a command of a session may take its stdin to other descriptors', run: duplicated },
          { name: 'set -e in a session puts nothing into a here-document without an end', run: openEnds },
          { name: 'what a command saved of its output serves those after it, whatever goes on beside', run: savedOutput },
          { name: 'output in a session that imitates a frame is output', run: imitated },
          { name: "a session's output redirected by exec is back for the next command", run: redirected },
          { name: 'functions with the names of builtins do not break a session', run: shadowed },
          { name: 'break, continue and return at top level do not break a session', run: jumps },
          { name: 'snapshot() and restore carry directory and environment to another session', run: carried },
          { name: 'a session refuses bad options and bad commands', run: badInput },
        ]
      : [],
};

async function kept({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  await said(session, 'cd /usr; A=1; export B=2; f() { echo "f $1"; }; umask 027; set -f');
  await said(session, "alias hello='echo hi'");
  assert.equal(await said(session, 'pwd; echo "$A"; sh -c \'echo "$B"\'; f x; hello; umask; echo *'), '/usr\n1\n2\nf x\nhi\n0027\n*\n');
}

async function exactBytes({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const { stdout, stderr } = await session.exec(
    `f() { printf '${EVERY_BYTE_FORMAT}'; }; for i in 1 2 3 4 5 6 7 8; do f; done; f >&2; head -c 1048576 /dev/zero >&2`,
    {
      maxOutputBytes: 2 ** 21,
    },
  );
  assert.ok(Buffer.concat(Array.from({ length: 8 }, () => EVERY_BYTE)).equals(stdout.bytes));
  assert.ok(Buffer.concat([EVERY_BYTE, Buffer.alloc(2 ** 20)]).equals(stderr.bytes));
}

async function exitCodes({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  for (const code of [0, 1, 2, 42, 126, 127, 128, 255]) assert.equal((await session.exec(`(exit ${code})`)).exitCode, code);
  assert.equal((await session.exec('f() { return 5; }; f')).exitCode, 5);
}

async function lastStatus({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  for (const code of [7, 0, 3]) {
    await session.exec(`(exit ${code})`);
    assert.equal(await said(session, 'echo $?'), `${code}\n`);
  }
}

async function inOrder({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const outputs = await Promise.all(Array.from({ length: 8 }, (_, i) => said(session, `N="$N"${i}; echo "$N"`)));
  assert.deepEqual(
    outputs,
    Array.from({ length: 8 }, (_, i) => `${'01234567'.slice(0, i + 1)}\n`),
  );
}

async function large({ executor }: Kit): Promise<void> {
  const session = await executor.openSession({ env: { KIT_LARGE: 'e'.repeat(65_536) } });
  const text = 'x'.repeat(262_144);
  assert.equal(await said(session, `X='${text}'\necho "\${#X} \${#KIT_LARGE}"`), '262144 65536\n');
}

async function manyLines({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  assert.equal(await said(session, `N=0\n${'N=$((N+1))\n'.repeat(130_000)}echo "$N"`), '130000\n');
}

async function duplicated({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  for (const script of ['exec 5<&0; cat <&5', 'cat 5<&0', 'exec 3<&0 4<&3; cat <&4', '{ cat <&5; } 5<&0'])
    assert.equal(await said(session, `${script}; echo on`), 'on\n', script);
  assert.equal(await said(session, 'cat; echo on'), 'on\n');
}

async function openEnds({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  await said(session, 'set -e; A=kept');
  // Shells differ in whether the last line has an end.
  assert.match(await said(session, 'cat <<E\nin it'), /^in it\n?$/);
  assert.equal(await said(session, 'echo it \\'), 'it \\\n');
  assert.equal((await session.exec('cat <<E >&2\nin it\nE\nA=new\nfalse && true')).exitCode, 1);
  assert.equal(await said(session, 'echo "$A"'), 'new\n');
}

async function savedOutput({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  await said(session, 'exec 3>&1 4>&2; info() { echo "$1" >&3; echo "$1" >&4; }; sleep 60 &');
  for (const text of ['beside a job', 'after a timeout', 'and again']) {
    const { stdout, stderr } = await session.exec(`info '${text}'`);
    assert.deepEqual([stdout.text, stderr.text], [`${text}\n`, `${text}\n`]);
    await session.exec('sleep 60', { timeoutMs: 50 });
  }
  assert.equal(session.lateOutputBytes, 0);
}

async function imitated({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const fake = '0123456789abcdef0123456789abcdef end 0 none done\n';
  const { stdout, stderr } = await session.exec(`printf '${fake}'; printf '${fake}' >&2`.replaceAll('\n', '\\n'));
  assert.deepEqual([stdout.text, stderr.text], [fake, fake]);
  assert.equal(await said(session, 'echo on'), 'on\n');
}

async function redirected({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  assert.equal(await said(session, 'exec >/dev/null 2>&1; echo hidden'), '');
  assert.equal(await said(session, 'echo seen'), 'seen\n');
}

async function shadowed({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  for (const name of ['command', 'read', 'printf', 'kill', 'true', 'cat']) await said(session, `${name}() { echo fake; }`);
  assert.equal(await said(session, 'command x; true'), 'fake\nfake\n');
  assert.equal((await session.exec('exit 3')).exitCode, 3);
}

async function jumps({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  await said(session, 'A=kept');
  for (const jump of ['break', 'continue', 'break 9', 'continue 9', 'while :; do break 5; done', 'return', 'return 0', 'return 7'])
    assert.equal((await session.exec(jump)).outcome, 'exited', jump);
  assert.equal(await said(session, 'echo $A'), 'kept\n');
}

async function carried({ executor }: Kit): Promise<void> {
  const one = await executor.openSession();
  await said(one, 'cd /usr; export KIT_A="two\nlines"; unset KIT_B; LOCAL=1');
  const state = await one.snapshot();
  assert.equal(state.cwd, '/usr');
  const other: Session = await executor.openSession({ restore: state });
  assert.equal(await said(other, 'pwd; echo "$KIT_A ${LOCAL-none}"'), '/usr\ntwo\nlines none\n');
}

async function badInput({ executor }: Kit): Promise<void> {
  await refusedOption(executor.openSession({ cwd: 7 } as never), 'cwd');
  await refused(executor.openSession({ cwd: '/errand-no-such-directory' }), 'EXEC_NOT_FOUND');
  await refusedOption(executor.openSession({ shell: '/usr/bin/errand no shell' }), 'shell');
  const missing = await refused(executor.openSession({ shell: '/errand-no-such-directory/sh' }), 'EXEC_NOT_FOUND');
  assert.equal(missing.detail.what, 'shell');
  const session = await executor.openSession();
  await refusedOption(session.exec(':', { timeoutMs: -1 }), 'timeoutMs');
  await refusedOption(session.exec(['ls'] as never), 'command');
  await refusedOption(session.exec(':', { cwd: '/' } as never), 'cwd');
  assert.equal(await said(session, 'echo on'), 'on\n');
}
