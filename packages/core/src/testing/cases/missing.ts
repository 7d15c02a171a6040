import assert from 'node:assert/strict';
import type { Concern, Kit } from '../case.ts';
import { refused } from '../tools/refused.ts';
import { inScratch, sharesFiles } from '../tools/target.ts';

/** What a command needs is not there, or may not be used: certainly not started, so `exec` rejects and says what. */
export const missing: Concern = {
  name: 'what is missing is told',
  cases: (supports) => [
    { name: 'a program of argv that is not there: EXEC_NOT_FOUND, program', run: program },
    { name: 'a directory to run in that is not there: EXEC_NOT_FOUND, cwd', run: cwd },
    { name: 'with both missing, the directory is named', run: both },
    { name: 'a program of a script that is not there is exit 127', run: inScript },
    { name: 'a shell builtin is no program', run: builtin },
    { name: 'a directory as the program: EXEC_PERMISSION', run: directory },
    ...(sharesFiles(supports)
      ? [
          { name: 'a program without an execute bit: EXEC_PERMISSION', run: noExecuteBit },
          { name: 'a file as the directory to run in is refused, naming cwd', run: fileAsCwd },
          { name: "a program is found relative to cwd, and in a PATH of one's own", run: found },
        ]
      : []),
    ...(supports.user ? [{ name: 'a user that is not there: EXEC_NOT_FOUND, user', run: user }] : []),
  ],
};

async function program({ executor }: Kit): Promise<void> {
  for (const name of ['errand-no-such-program', '/errand/no/such/program', './errand-no-such-program']) {
    const error = await refused(executor.exec([name, 'argument']), 'EXEC_NOT_FOUND');
    assert.equal(error.detail.what, 'program');
    assert.equal(error.detail.name, name);
    assert.ok(error.message.includes(name), error.message);
  }
}

async function cwd({ executor }: Kit): Promise<void> {
  for (const command of ['pwd', ['pwd']]) {
    const error = await refused(executor.exec(command, { cwd: '/errand-no-such-directory' }), 'EXEC_NOT_FOUND');
    assert.equal(error.detail.what, 'cwd');
    assert.equal(error.detail.name, '/errand-no-such-directory');
    assert.ok(error.message.includes('/errand-no-such-directory'), error.message);
  }
}

async function both({ executor }: Kit): Promise<void> {
  const error = await refused(executor.exec(['errand-no-such-program'], { cwd: '/errand-no-such-directory' }), 'EXEC_NOT_FOUND');
  assert.equal(error.detail.what, 'cwd');
}

async function inScript({ executor }: Kit): Promise<void> {
  const result = await executor.exec('errand-no-such-program');
  assert.equal(result.exitCode, 127);
  assert.ok(result.stderr.text.includes('errand-no-such-program'));
}

async function builtin({ executor }: Kit): Promise<void> {
  for (const name of ['if', 'exit', 'eval']) {
    const error = await refused(executor.exec([name, 'x']), 'EXEC_NOT_FOUND');
    assert.equal(error.detail.what, 'program');
  }
}

async function directory({ executor }: Kit): Promise<void> {
  const error = await refused(executor.exec(['/usr']), 'EXEC_PERMISSION');
  assert.equal(error.detail.what, 'program');
  assert.equal(error.detail.name, '/usr');
}

async function noExecuteBit({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await executor.exec(`printf '#!/bin/sh\\necho no\\n' >${dir}/program; chmod 644 ${dir}/program`);
    const error = await refused(executor.exec([`${dir}/program`]), 'EXEC_PERMISSION');
    assert.equal(error.detail.what, 'program');
  });
}

async function fileAsCwd({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await executor.exec(`: >${dir}/file`);
    await assert.rejects(
      executor.exec('pwd', { cwd: `${dir}/file` }),
      (error: { detail?: { what?: string } }) => error.detail?.what === 'cwd',
    );
  });
}

async function found({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await executor.exec(`printf '#!/bin/sh\\necho "ran $1"\\n' >${dir}/kit-program; chmod 755 ${dir}/kit-program`);
    assert.equal((await executor.exec(['./kit-program', 'here'], { cwd: dir })).stdout.text, 'ran here\n');
    const env = { PATH: `${dir}:/usr/bin:/bin` };
    assert.equal((await executor.exec(['kit-program', 'there'], { env })).stdout.text, 'ran there\n');
    assert.equal((await executor.exec('kit-program script', { env })).stdout.text, 'ran script\n');
  });
}

async function user({ executor }: Kit): Promise<void> {
  const error = await refused(executor.exec(['id'], { user: 'errand-no-such-user' }), 'EXEC_NOT_FOUND');
  assert.equal(error.detail.what, 'user');
  assert.equal(error.detail.name, 'errand-no-such-user');
}
