import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { rejection } from '../testing/tools/refused.ts';
import { said } from '../testing/tools/said.ts';
import { cleanUp, closedWhole, sessionRig } from '../testing/tools/session-rig.ts';
import { namedShells } from '../testing/tools/test-shells.ts';
import { within } from '../testing/tools/within.ts';

const { shells, remove } = namedShells();
const directory = mkdtempSync(join(tmpdir(), 'errand-scripts-'));
afterAll(remove);
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(cleanUp);

describe.each(shells)('a session in $name', ({ name, file }) => {
  test('goes on after thousands of returns at top level, on a small stack', async () => {
    const one = await sessionRig(file);
    await said(one.session, 'ulimit -s 256');
    for (let i = 0; i < 2_000; i++) await one.session.exec('return 0');
    expect(await said(one.session, 'echo $A')).toBe('before\n');
    await closedWhole(one);
  }, 120_000);

  test('outlives hundreds of commands that end its shell', async () => {
    const one = await sessionRig(file);
    for (let i = 0; i < 300; i++) expect((await one.session.exec('exec 2>/dev/null; set -eu; $NOT_SET')).exitCode).toBeGreaterThan(0);
    expect(await said(one.session, 'echo $A $1')).toBe('before arg\n');
    await closedWhole(one);
  }, 120_000);

  test('takes a number before a redirection for what its shell takes it', async () => {
    const one = await sessionRig(file);
    await said(one.session, `echo x >${directory}/$$; cat 10<${directory}/$$ >/dev/null || A=dash`);
    expect(await said(one.session, 'echo $A')).toBe(name === 'dash' ? 'dash\n' : 'before\n');
    await closedWhole(one);
  });

  test.runIf(name !== 'dash')("has each descriptor of its commands' own for them", async () => {
    const one = await sessionRig(file);
    const numbers = Array.from({ length: 21 }, (_, i) => 10 + i);
    for (const fd of numbers) {
      const into = join(directory, `${name}-${fd}`);
      await one.session.exec('false');
      expect(await said(one.session, `echo $?; exec ${fd}>${into}; echo in; echo ${fd} >&${fd}`)).toBe('1\nin\n');
      const read = await one.session.exec(`read -r x; echo $x; echo later >&${fd}`, { stdin: 'given\n' });
      expect(read.stdout.text).toBe('given\n');
      expect(await said(one.session, `exec ${fd}<${into}; echo $?; read -r x <&${fd}; echo $x`)).toBe(`0\n${fd}\n`);
      await one.session.exec('kill -9 $$');
      expect(await said(one.session, `read -r x <&${fd}; echo $x`)).toBe('later\n');
    }
    await closedWhole(one);
  });

  test('that was lost once outlives a break out of many loops', async () => {
    const one = await sessionRig(file);
    await one.session.exec('kill -9 $$');
    await one.session.exec('break 9');
    expect(await said(one.session, 'echo $A')).toBe('before\n');
    await closedWhole(one);
  });

  test('outlives what its traps do while no command runs', async () => {
    const one = await sessionRig(file);
    const ran = join(directory, name);
    await said(one.session, `trap 'A=trapped; : >${ran}' USR1; ((sleep 0.2; kill -USR1 $$) >/dev/null 2>&1 &)`);
    await poll('the trap ran', 5_000, () => existsSync(ran));
    expect(await said(one.session, 'echo $A')).toBe('trapped\n');
    await closedWhole(one);
  });

  test('outlives a function with the name of echo, whatever ends its commands', async () => {
    const one = await sessionRig(file);
    await said(one.session, 'echo() { :; }');
    for (let i = 0; i < 3; i++) expect((await one.session.exec("sh -c 'kill -9 $PPID'")).exitCode).toBe(137);
    await closedWhole(one);
  });

  test('takes a last backslash for what it is, and exports nothing by set -a', async () => {
    const one = await sessionRig(file);
    expect(await said(one.session, 'echo a\\')).toBe('a\\\n');
    for (let i = 0; i < 2; i++) expect(await said(one.session, 'set -a; env | sed -n s/__errand_/own_/p')).toBe('');
    await closedWhole(one);
  });

  test('keeps $? over a snapshot', async () => {
    const one = await sessionRig(file);
    await one.session.exec('(exit 3)');
    expect((await one.session.snapshot()).cwd).toBe(process.cwd());
    expect(await said(one.session, 'echo $?')).toBe('3\n');
    await said(one.session, 'set -eu');
    expect((await one.session.snapshot()).cwd).toBe(process.cwd());
    expect(await said(one.session, 'echo $A')).toBe('before\n');
    await closedWhole(one);
  });

  test('has snapshots whatever PWD and aliases are', async () => {
    const one = await sessionRig(file);
    await said(one.session, "alias printf='echo x' unset=: cat=ls command=false pwd=false; cd /tmp; PWD=elsewhere");
    expect((await one.session.snapshot()).cwd).toBe('/tmp');
    await said(one.session, 'unset PWD');
    expect((await one.session.snapshot()).cwd).toBe('/tmp');
    await closedWhole(one);
  });

  test.runIf(name === 'bash')('finds what its commands left, whatever stands for patterns', async () => {
    const one = await sessionRig(file);
    // It has no descriptor at all, for which 'failglob' fails.
    const close = 'for f in /proc/self/fd/*; do f=${f##*/}; [ $f -gt 200 ] || eval "exec $f>&-"; done';
    await said(one.session, 'shopt -s failglob');
    await said(one.session, `(${close}; exec sleep 60 <&- >&- 2>&-) & sleep 0.1`);
    expect(await said(one.session, 'shopt failglob; kill $!')).toMatch(/on\n$/);
    await said(one.session, "GLOBIGNORE='*'; shopt -u dotglob");
    await said(one.session, '(sleep 0.2; echo late) &');
    expect(await said(one.session, 'sleep 0.4; echo "$GLOBIGNORE"; shopt dotglob || :')).toMatch(/^\*\n.*off\n$/);
    expect(one.session.lateOutputBytes).toBe(5);
    await closedWhole(one);
  });

  test.runIf(name === 'bash')('outlives TMOUT', async () => {
    const one = await sessionRig(file);
    await said(one.session, 'TMOUT=1; set -- kept');
    expect(await said(one.session, 'sleep 2; echo $TMOUT')).toBe('1\n');
    await said(one.session, 'readonly TMOUT');
    await delay(1_500);
    expect((await one.session.exec('sleep 2; kill -9 $$')).exitCode).toBe(137);
    expect(await said(one.session, 'echo $1')).toBe('kept\n');
    await closedWhole(one);
  });

  test.runIf(name === 'bash')('has nothing of its own that traps of ERR hear', async () => {
    const one = await sessionRig(file);
    expect(await said(one.session, 'trap "echo failed" ERR; true')).toBe('');
    expect(await said(one.session, 'echo on; (exit 3); :')).toBe('on\nfailed\n');
    await closedWhole(one);
  });

  test.runIf(name === 'bash')('whose shell cannot tell the end of a command is given up, and says why', async () => {
    const one = await sessionRig(file);
    const spoilt = one.session.exec('printf() { :; }; readonly -f printf', { timeoutMs: 200, killGraceMs: 200 });
    const { outcome, reason } = await within(15_000, spoilt, 'the result');
    expect([outcome, reason]).toEqual(['timed-out', expect.stringContaining('nobody told of its end')]);
    expect((await rejection(one.session.exec('echo no'))) as Error).toMatchObject({
      code: 'EXEC_SESSION_CLOSED',
      message: expect.stringContaining('did not answer once a command was ended'),
    });
    await closedWhole(one);
  });

  test.runIf(name === 'bash')('whose shell cannot read any more ends, and says so', async () => {
    const one = await sessionRig(file);
    const { outcome, reason } = await within(15_000, one.session.exec('read() { :; }; readonly -f read'), 'the result');
    expect([outcome, reason]).toEqual(['unknown', expect.stringContaining('the session ended under the command')]);
    expect((await rejection(one.session.exec('echo no'))) as Error).toMatchObject({ code: 'EXEC_SESSION_CLOSED' });
    await closedWhole(one);
  });

  test.runIf(name === 'bash')('is not moved by a function with the name of trap that prints', async () => {
    const one = await sessionRig(file);
    await one.session.exec('trap() { echo "mine $*"; builtin trap "$@"; }');
    expect((await one.session.exec('echo a; sleep 60; echo not', { timeoutMs: 100 })).stdout.text).toBe('a\n');
    expect(await said(one.session, 'echo b')).toBe('b\n');
    await closedWhole(one);
  });

  test("shows by set -x what is the command's", async () => {
    const one = await sessionRig(file);
    const { stderr } = await one.session.exec('set -x; echo on >/dev/null');
    expect(stderr.text).toMatch(/^\++ echo on\n$/);
    await closedWhole(one);
  });

  test.runIf(name === 'bash')('takes no option for another where letters match in either case', async () => {
    const one = await sessionRig(file);
    await said(one.session, 'shopt -s nocasematch; set -E');
    expect(await said(one.session, 'false; echo $-')).not.toContain('e');
    await closedWhole(one);
  });
});
