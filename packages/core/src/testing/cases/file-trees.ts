import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executor } from '../../executor.ts';
import type { Case, Kit } from '../case.ts';
import { pattern } from '../tools/pattern.ts';
import { poll } from '../tools/poll.ts';
import { refused, refusedOption, rejection } from '../tools/refused.ts';
import { inScratch, output } from '../tools/target.ts';

/** How `executor.files` carries directories. */
export const FILE_TREES: readonly Case[] = [
  { name: 'a directory goes up with all that is in it', run: goesUp },
  { name: 'a directory comes down with all that is in it', run: comesDown },
  { name: 'a directory is carried only with recursive, and the refusal says so', run: onlyWithRecursive },
  { name: 'a directory takes the place of an empty one, and of nothing else', run: takesPlace },
  { name: 'a directory with a FIFO in it is refused, and nothing is left', run: refusesFifos },
  { name: 'a directory that is given up on the way is there on neither side', run: givenUp },
];

const TREE = { recursive: true } as const;
const MODIFIED = 1_234_567_890;
const LONG = `${'d'.repeat(120)}/${'e'.repeat(150)}`;
const NAMES = ['-rf', 'line\nbreak', "it's", 'ünï', '*', 'n'.repeat(255)];

/** Runs `body` with a directory on either side, which are removed afterwards. */
async function inBoth(executor: Executor, body: (here: string, there: string) => Promise<void>): Promise<void> {
  const here = await mkdtemp(join(tmpdir(), 'errand-kit-'));
  try {
    await inScratch(executor, (there) => body(here, there));
  } finally {
    await rm(here, { recursive: true });
  }
}

async function goesUp({ executor }: Kit): Promise<void> {
  await inBoth(executor, async (here, there) => {
    const from = join(here, 'tree');
    await mkdir(join(from, LONG), { recursive: true });
    await mkdir(join(from, 'empty'), { mode: 0o700 });
    await writeFile(join(from, LONG, 'file'), 'deep');
    await writeFile(join(from, 'run'), pattern(8_000), { mode: 0o750 });
    await utimes(join(from, 'run'), MODIFIED, MODIFIED);
    await symlink('../../nowhere', join(from, 'dangling'));
    await symlink('/usr', join(from, 'far'));
    for (const name of NAMES) await writeFile(join(from, name), name);
    await executor.files.upload(from, `${there}/tree`, TREE);
    assert.equal(await output(executor, `cd ${there}; ls -A; readlink tree/dangling; readlink tree/far`), 'tree\n../../nowhere\n/usr');
    const { files: on } = executor;
    assert.ok(pattern(8_000).equals(await on.read(`${there}/tree/run`)));
    const { mode, modifiedAt } = await on.stat(`${there}/tree/run`);
    assert.deepEqual([mode, modifiedAt.getTime()], [0o750, MODIFIED * 1_000]);
    assert.equal((await on.stat(`${there}/tree/empty`)).mode, 0o700);
    assert.deepEqual(await on.list(`${there}/tree/empty`), []);
    assert.equal(Buffer.from(await on.read(`${there}/tree/${LONG}/file`)).toString(), 'deep');
    for (const name of NAMES) assert.equal(Buffer.from(await on.read(`${there}/tree/${name}`)).toString(), name);
    const all = ['d'.repeat(120), 'dangling', 'empty', 'far', 'run', ...NAMES];
    assert.deepEqual(new Set((await on.list(`${there}/tree`)).map(({ name }) => name)), new Set(all));
  });
}

async function comesDown({ executor }: Kit): Promise<void> {
  await inBoth(executor, async (here, there) => {
    const { files: on } = executor;
    const from = `${there}/tree`;
    await on.makeDirectory(`${from}/${LONG}`);
    await executor.exec(`cd ${from}; mkdir -m 700 empty; ln -s ../../nowhere dangling; ln -s /usr far`, { check: true });
    await on.write(`${from}/${LONG}/file`, 'deep');
    await on.write(`${from}/run`, pattern(8_000), { mode: 0o750 });
    await executor.exec(`TZ=UTC0 touch -t 200902132331.30 ${from}/run`, { check: true });
    for (const name of NAMES) await on.write(`${from}/${name}`, name);
    const to = join(here, 'tree');
    await on.download(from, to, TREE);
    assert.deepEqual(await readdir(here), ['tree']);
    assert.ok(pattern(8_000).equals(await readFile(join(to, 'run'))));
    const { mode, mtimeMs } = await lstat(join(to, 'run'));
    assert.deepEqual([mode & 0o7777, mtimeMs], [0o750, MODIFIED * 1_000]);
    assert.equal((await lstat(join(to, 'empty'))).mode & 0o7777, 0o700);
    assert.deepEqual(await readdir(join(to, 'empty')), []);
    assert.deepEqual([await readlink(join(to, 'dangling')), await readlink(join(to, 'far'))], ['../../nowhere', '/usr']);
    assert.equal(await readFile(join(to, LONG, 'file'), 'utf8'), 'deep');
    for (const name of NAMES) assert.equal(await readFile(join(to, name), 'utf8'), name);
    assert.deepEqual(new Set(await readdir(to)), new Set(['d'.repeat(120), 'dangling', 'empty', 'far', 'run', ...NAMES]));
  });
}

async function onlyWithRecursive({ executor }: Kit): Promise<void> {
  await inBoth(executor, async (here, there) => {
    const { files: on } = executor;
    await executor.exec(['mkdir', `${there}/tree`], { check: true });
    for (const call of [() => on.upload(here, `${there}/new`), () => on.download(`${there}/tree`, join(here, 'new'))]) {
      const { message } = await refused(call(), 'EXEC_INVALID_OPTION');
      assert.match(message, /recursive/, `The message should say how: "${message}"`);
    }
    await refusedOption(on.upload(here, `${there}/new`, { ...TREE, mode: 0o700 }), 'mode');
    await refusedOption(on.download(`${there}/tree`, join(here, 'new'), { ...TREE, mode: 0o700 }), 'mode');
    // What is no directory is carried with it as without.
    await on.write(`${there}/file`, 'x');
    await on.download(`${there}/file`, join(here, 'down'), TREE);
    await on.upload(join(here, 'down'), `${there}/up`, TREE);
    assert.equal(await output(executor, `cd ${there}; cat up; echo; ls -A`), 'x\nfile\ntree\nup');
    assert.deepEqual(await readdir(here), ['down']);
  });
}

async function takesPlace({ executor }: Kit): Promise<void> {
  await inBoth(executor, async (here, there) => {
    const { files: on } = executor;
    for (const name of ['from', 'empty', 'full']) await mkdir(join(here, name));
    await writeFile(join(here, 'from/new'), 'new');
    await writeFile(join(here, 'full/old'), 'old');
    await writeFile(join(here, 'file'), 'old');
    await executor.exec(`cd ${there}; mkdir from empty full; echo new >from/new; echo old >full/old; echo old >file`, { check: true });
    for (const name of ['full', 'file']) {
      await refusedOption(on.upload(join(here, 'from'), `${there}/${name}`, TREE), 'path');
      await refusedOption(on.download(`${there}/from`, join(here, name), TREE), 'localPath');
    }
    await on.upload(join(here, 'from'), `${there}/empty`, TREE);
    await on.download(`${there}/from`, join(here, 'empty'), TREE);
    assert.equal(
      await output(executor, `cd ${there}; ls -A . empty full; cat full/old file`),
      '.:\nempty\nfile\nfrom\nfull\n\nempty:\nnew\n\nfull:\nold\nold\nold',
    );
    assert.deepEqual(await readdir(here), ['empty', 'file', 'from', 'full']);
    assert.deepEqual([await readdir(join(here, 'empty')), await readdir(join(here, 'full'))], [['new'], ['old']]);
  });
}

async function refusesFifos({ executor }: Kit): Promise<void> {
  await inBoth(executor, async (here, there) => {
    await executor.exec(`cd ${there}; mkdir -p tree/sub; echo x >tree/a; mkfifo tree/sub/fifo`, { check: true });
    await refusedOption(executor.files.download(`${there}/tree`, join(here, 'tree'), TREE), 'path');
    assert.deepEqual(await readdir(here), []);
  });
}

/** A gibibyte without a block on the disk takes longer than a command. */
async function givenUp({ executor }: Kit): Promise<void> {
  await inBoth(executor, async (here, there) => {
    const [from, reason] = [join(here, 'from'), new Error('changed my mind')];
    await mkdir(from);
    await writeFile(join(from, 'big'), '');
    await truncate(join(from, 'big'), 2 ** 30);
    await executor.exec(`cd ${there}; mkdir from && dd if=/dev/null of=from/big bs=1024 seek=1048576`, { check: true });
    const calls = [
      (options: object) => executor.files.upload(from, `${there}/to`, { ...TREE, ...options }),
      (options: object) => executor.files.download(`${there}/from`, join(here, 'to'), { ...TREE, ...options }),
    ];
    for (const call of calls) {
      const controller = new AbortController();
      const ended = rejection(call({ signal: controller.signal }));
      await executor.exec(':');
      controller.abort(reason);
      assert.equal(await ended, reason);
    }
    await poll('What was sent should be gone', 5_000, async () => (await output(executor, `ls -A ${there}`)) === 'from');
    await poll('What was downloaded should be gone', 5_000, async () => (await readdir(here)).length === 1);
  });
}
