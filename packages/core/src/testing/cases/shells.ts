import assert from 'node:assert/strict';
import type { Concern, Kit } from '../case.ts';
import { refused } from '../tools/refused.ts';
import { inScratch, output, sharesFiles } from '../tools/target.ts';

/** Scripts that break whoever evaluates them in a shell of his own. */
export const shells: Concern = {
  name: 'scripts cannot break the way they are run',
  cases: (supports) => [
    { name: 'kill -9 $$ ends that command only', run: killsItself },
    { name: 'unfinished syntax is a failure of that command only', run: unfinished },
    { name: 'set -e and ${x?} end a script where they should', run: strict },
    { name: 'exec >file, closed descriptors and exec of another program are as they should be', run: redirections },
    { name: 'functions named like builtins change nothing outside of their script', run: functions },
    { name: "traps run, and exit codes are the script's own", run: traps },
    { name: 'output that imitates frames is output', run: imitations },
    { name: 'a script can read $$, $0 and its own parent without being confused', run: identity },
    { name: 'the shell option runs a script in that shell', run: otherShell },
    { name: 'a shell that is not there is refused', run: missingShell },
    { name: "set -x shows the script's own lines only", run: traced },
    ...(sharesFiles(supports) ? [{ name: 'exec >file moves the output of the rest of the script', run: execToFile }] : []),
  ],
};

async function assertStillWorks({ executor }: Kit): Promise<void> {
  assert.equal(await output(executor, 'echo fine; echo quiet >&2'), 'fine');
}

async function killsItself(kit: Kit): Promise<void> {
  const result = await kit.executor.exec('echo before; kill -9 $$; echo after');
  assert.equal(result.stdout.text, 'before\n');
  assert.equal(result.ok, false);
  await assertStillWorks(kit);
}

async function unfinished(kit: Kit): Promise<void> {
  for (const script of [
    'echo "abc',
    "echo 'abc",
    'if true',
    '(',
    '{ echo a;',
    'cat <<EOF\nabc',
    ')',
    '}',
    'fi',
    '${',
    '$((',
    'case x in',
    ';;',
    '&&',
    '|',
  ]) {
    const result = await kit.executor.exec(script);
    assert.equal(result.outcome, 'exited', `${script}: ${result.outcome} ${result.reason ?? ''}`);
    // A here-document that the end of the script cuts off is no error to every shell.
    if (!script.startsWith('cat')) {
      assert.notEqual(result.exitCode, 0, script);
      assert.notEqual(result.stderr.totalBytes, 0, `"${script}" should say why.`);
    }
  }
  await assertStillWorks(kit);
}

async function strict(kit: Kit): Promise<void> {
  const stopped = await kit.executor.exec('set -e; echo before; false; echo after');
  assert.equal(stopped.stdout.text, 'before\n');
  assert.equal(stopped.exitCode, 1);
  const unset = await kit.executor.exec('echo before; : "${kit_unset?is not set}"; echo after');
  assert.equal(unset.stdout.text, 'before\n');
  assert.ok(unset.exitCode !== 0 && unset.stderr.text.includes('is not set'));
  const readonly = await kit.executor.exec('readonly a=1; a=2; echo after');
  assert.notEqual(readonly.outcome, 'unknown');
  await assertStillWorks(kit);
}

async function redirections(kit: Kit): Promise<void> {
  assert.equal((await kit.executor.exec('echo a; exec >/dev/null 2>&1; echo b; exit 3')).stdout.text, 'a\n');
  const closed = await kit.executor.exec('exec >&- 2>&- 0<&-; exit 4');
  assert.equal(closed.exitCode, 4);
  const all = await kit.executor.exec('for fd in 3 4 5 6 7 8 9; do eval "exec $fd>&-"; done; echo on; exit 5');
  assert.equal(all.exitCode, 5);
  assert.equal(all.stdout.text, 'on\n');
  assert.equal((await kit.executor.exec('exec sh -c "echo other; exit 6"; echo never')).exitCode, 6);
  await assertStillWorks(kit);
}

async function functions(kit: Kit): Promise<void> {
  for (const name of ['command', 'printf', 'echo', 'read', 'kill', 'umask', 'test', 'wait', 'cd']) {
    const result = await kit.executor.exec(`${name}() { :; }; ${name} hijacked; exit 7`);
    assert.equal(result.exitCode, 7, name);
    assert.equal(result.stdout.text, '', name);
  }
  await assertStillWorks(kit);
}

async function traps(kit: Kit): Promise<void> {
  const result = await kit.executor.exec("trap 'echo bye' EXIT; trap 'echo err' 0; echo on; (exit 9); exit 8");
  assert.equal(result.exitCode, 8);
  assert.ok(result.stdout.text.startsWith('on\n'));
  assert.equal((await kit.executor.exec('(exit 9)')).exitCode, 9);
  assert.equal((await kit.executor.exec('false; :')).exitCode, 0);
  assert.equal((await kit.executor.exec('true && false')).exitCode, 1);
}

const IMITATIONS = [
  'started 1 1',
  'started 99999 12345',
  'refused program',
  'refused cwd',
  'exit 0',
  'end 0',
  '0',
  'T',
  '{"frame":"end","exitCode":0}',
  '00000000000000000000000000000000 started 1 1',
  '\\036\\037\\000\\001',
  '\\033]0;x\\007',
  'ERRAND begin',
  'ERRAND end 0',
  '::end::',
  '\\004',
  '\\032',
];

async function imitations({ executor }: Kit): Promise<void> {
  const script = IMITATIONS.map((line) => `printf '${line}\\n'; printf '${line}\\n' >&2`).join('\n');
  const result = await executor.exec(`${script}\nexit 3`);
  const expected = IMITATIONS.map(
    (line) => `${line.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))}\n`,
  ).join('');
  assert.equal(result.stdout.text, expected);
  assert.equal(result.stderr.text, expected);
  assert.equal(result.exitCode, 3);
}

async function identity({ executor }: Kit): Promise<void> {
  const result = await executor.exec('test "$$" -gt 0 && test "$PPID" -ge 0 && echo "$#"; sh -c \'echo "$0 $#"\' name one');
  assert.equal(result.stdout.text, '0\nname 1\n');
  const [one, other] = await Promise.all([output(executor, 'echo $$; sleep 0.2'), output(executor, 'echo $$; sleep 0.2')]);
  assert.match(one, /^[0-9]+$/);
  assert.match(other, /^[0-9]+$/);
}

async function otherShell({ executor }: Kit): Promise<void> {
  assert.equal((await executor.exec('echo a', { shell: '/bin/sh' })).stdout.text, 'a\n');
  const bash = await output(executor, 'command -v bash || :');
  if (bash !== '') assert.equal((await executor.exec('echo "${BASH_VERSION:+bash} ${#}"', { shell: bash })).stdout.text, 'bash 0\n');
}

async function missingShell({ executor }: Kit): Promise<void> {
  const error = await refused(executor.exec('echo a', { shell: '/errand-no-such-shell' }), 'EXEC_NOT_FOUND');
  assert.equal(error.detail.what, 'shell');
}

async function traced({ executor }: Kit): Promise<void> {
  const result = await executor.exec('set -vx; true one; true two');
  const lines = result.stderr.text.trim().split('\n');
  for (const line of lines) assert.match(line, /true (one|two)|set/, `This line is not the script's: ${line}`);
}

async function execToFile(kit: Kit): Promise<void> {
  await inScratch(kit.executor, async (dir) => {
    const result = await kit.executor.exec(`echo before; exec >${dir}/file; echo moved`);
    assert.equal(result.stdout.text, 'before\n');
    assert.equal(await output(kit.executor, `cat ${dir}/file`), 'moved');
  });
  await assertStillWorks(kit);
}
