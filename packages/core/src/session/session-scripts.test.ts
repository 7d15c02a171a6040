import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { said } from '../testing/tools/said.ts';
import { cleanUp, closedWhole, sessionRig } from '../testing/tools/session-rig.ts';
import { namedShells } from '../testing/tools/test-shells.ts';

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
