import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import type { Concern, Kit } from '../case.ts';
import { WITH_ESCAPE } from '../tools/scripts.ts';
import { inScratch, output, sharesFiles } from '../tools/target.ts';

/** Promise 6: no variable, directory, late output or descriptor reaches a command that did not ask for it. */
export const isolation: Concern = {
  name: 'nothing leaks between commands',
  cases: (supports) => [
    { name: 'a variable of one command does not reach the next', run: variables },
    { name: 'a removed variable is back for the next', run: removedIsBack },
    { name: 'a directory changed by one command does not move the next', run: directory },
    { name: 'a umask, an option, a trap or a function of one command does not reach the next', run: shellState },
    { name: 'a limit that one command sets does not reach the next', run: ownLimit },
    { name: 'output that comes late does not reach the next command', run: lateOutput },
    { name: 'a command has no descriptor but its three', run: descriptors },
    { name: "commands at the same time do not see each other's environment, directory, stdin or output", run: sideBySide },
    ...(supports.stdin ? [{ name: 'stdin that one command left unread does not reach the next', run: leftStdin }] : []),
    ...(sharesFiles(supports) ? [{ name: 'a file that one command wrote is read by the next', run: filesLast }] : []),
  ],
};

async function variables({ executor }: Kit): Promise<void> {
  await executor.exec('export KIT_LEAK=1; KIT_OTHER=1', { env: { KIT_GIVEN: '1' } });
  await executor.exec(['true'], { env: { KIT_GIVEN: '1' } });
  assert.equal(await output(executor, 'echo "${KIT_LEAK-none} ${KIT_OTHER-none} ${KIT_GIVEN-none}"'), 'none none none');
}

async function removedIsBack({ executor }: Kit): Promise<void> {
  const before = await output(executor, 'echo "$PATH"');
  assert.match(before, /bin/);
  await executor.exec('unset HOME', { env: { PATH: undefined } });
  assert.equal(await output(executor, 'echo "$PATH"'), before);
}

async function directory({ executor }: Kit): Promise<void> {
  const before = await output(executor, 'pwd');
  assert.match(before, /^\//);
  await executor.exec('cd /usr');
  await executor.exec(':', { cwd: '/usr' });
  assert.equal(await output(executor, 'pwd'), before);
}

async function shellState({ executor }: Kit): Promise<void> {
  const before = await output(executor, 'umask; echo "$-"');
  await executor.exec("umask 000; set -euf; trap 'echo late' EXIT; echo() { :; }; alias ls=false; exec 5</dev/null");
  assert.equal(await output(executor, 'umask; echo "$-"'), before);
  assert.equal(await output(executor, 'echo fine'), 'fine');
}

async function ownLimit({ executor }: Kit): Promise<void> {
  const before = await output(executor, 'ulimit -n');
  assert.match(before, /^\w+$/);
  await executor.exec('ulimit -n 32');
  assert.equal(await output(executor, 'ulimit -n'), before);
}

async function lateOutput({ executor }: Kit): Promise<void> {
  const late = `${WITH_ESCAPE}$ESCAPE sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2; echo LATE; echo LATE >&2; done' & echo first`;
  await executor.exec(late);
  const results = await Promise.all(Array.from({ length: 4 }, (_, i) => executor.exec(`sleep 0.7; echo second ${i}`)));
  results.forEach((result, i) => {
    assert.equal(result.stdout.text, `second ${i}\n`);
    assert.equal(result.stderr.text, '');
  });
}

async function descriptors({ executor }: Kit): Promise<void> {
  await Promise.all(Array.from({ length: 4 }, () => executor.exec('sleep 0.2')));
  const busy = executor.exec('sleep 0.3');
  const inherited = await inheritedDescriptors();
  for (const command of ['exec ls /dev/fd/', ['ls', '/dev/fd/']] as const) {
    const result = await executor.exec(command);
    const open = result.stdout.text
      .trim()
      .split('\n')
      .filter((fd) => !inherited.has(fd));
    assert.ok(open.includes('1') && open.includes('2'), `ls said ${result.stdout.text} ${result.stderr.text}`);
    // ls itself opens the directory, hence a fourth.
    assert.ok(open.length <= 4, `The command has the descriptors ${open.join(' ')}.`);
  }
  await busy;
}

/** What whoever started this process passed on to all that it starts: not the executor's doing. */
async function inheritedDescriptors(): Promise<ReadonlySet<string>> {
  const CLOSE_ON_EXEC = 0o2000000;
  const inherited = new Set<string>();
  for (const fd of await readdir('/proc/self/fdinfo').catch(() => [])) {
    const info = await readFile(`/proc/self/fdinfo/${fd}`, 'latin1').catch(() => '');
    const flags = Number.parseInt(/flags:\s*([0-7]+)/.exec(info)?.[1] ?? '2000000', 8);
    if (Number(fd) > 2 && (flags & CLOSE_ON_EXEC) === 0) inherited.add(fd);
  }
  return inherited;
}

async function sideBySide({ executor, supports }: Kit): Promise<void> {
  const directories = ['/', '/usr', '/usr/bin', '/dev'];
  const runs = Array.from({ length: 16 }, async (_, i) => {
    const cwd = directories[i % directories.length] ?? '/';
    const options = { cwd, env: { [`KIT_${i}`]: `value ${i}` }, ...(supports.stdin && { stdin: `stdin ${i}` }) };
    const result = await executor.exec(`pwd; sleep 0.1; env | grep '^KIT_' | sort; cat; echo "err ${i}" >&2`, options);
    assert.equal(result.stdout.text, `${cwd}\nKIT_${i}=value ${i}\n${supports.stdin ? `stdin ${i}` : ''}`);
    assert.equal(result.stderr.text, `err ${i}\n`);
  });
  await Promise.all(runs);
}

async function leftStdin({ executor }: Kit): Promise<void> {
  await executor.exec('exit 0', { stdin: 'echo LEFT\n'.repeat(1_000) });
  await executor.exec('head -n 1', { stdin: 'echo LEFT\n'.repeat(1_000) });
  assert.equal(await output(executor, 'cat; echo end'), 'end');
}

async function filesLast({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await executor.exec(`echo written >${dir}/file`);
    assert.equal(await output(executor, `cat ${dir}/file`), 'written');
  });
}
