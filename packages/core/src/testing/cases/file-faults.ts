import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Files } from '../../files.ts';
import type { Case, Kit } from '../case.ts';
import { poll } from '../tools/poll.ts';
import { refused, refusedOption, rejection } from '../tools/refused.ts';
import { inScratch, output } from '../tools/target.ts';

/** What `executor.files` refuses, and how. */
export const FILE_FAULTS: readonly Case[] = [
  { name: 'what is no regular file is refused at once, and left as it is', run: notRegular },
  { name: 'a directory where a file is meant, and a file where a directory is, are refused', run: wrongKind },
  { name: 'a path that cannot be is refused', run: badPaths },
  { name: 'file options of a wrong kind are refused, and nothing is done', run: badOptions },
  { name: 'aborting a file call under way rejects with the reason, and leaves nothing', run: abortedUnderWay },
];

/** A FIFO without a writer would be waited for; a device may never end. Neither is to be replaced by a file. */
async function notRegular({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const on = executor.files;
    await executor.exec(['mkfifo', `${dir}/fifo`], { check: true });
    // A device is only read: a backend that gets this wrong would replace it for everybody.
    for (const path of [`${dir}/fifo`, '/dev/null']) {
      await refusedOption(on.read(path), 'path');
      await refusedOption(on.download(path, join(tmpdir(), 'errand-kit-never')), 'path');
    }
    await refusedOption(on.write(`${dir}/fifo`, 'x'), 'path');
    assert.equal((await on.stat(`${dir}/fifo`)).type, 'other');
    assert.equal(await output(executor, `ls -A ${dir}`), 'fifo');
  });
}

async function wrongKind({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const on = executor.files;
    await executor.exec(`cd ${dir}; mkdir full empty; echo x >full/file; echo x >file`);
    await refusedOption(on.read(`${dir}/full`), 'path');
    await refusedOption(on.write(`${dir}/empty`, 'x'), 'path');
    await refusedOption(on.list(`${dir}/file`), 'path');
    await refusedOption(on.makeDirectory(`${dir}/file`), 'path');
    await refusedOption(on.remove(`${dir}/full`), 'recursive');
    await refusedOption(on.rename(`${dir}/file`, `${dir}/empty`), 'to');
    await refusedOption(on.rename(`${dir}/empty`, `${dir}/full`), 'to');
    await refusedOption(on.upload(tmpdir(), `${dir}/new`), 'localPath');
    await refused(on.read(`${dir}/file/deeper`), 'EXEC_NOT_FOUND');
    assert.equal(await output(executor, `cd ${dir}; ls -A . full`), '.:\nempty\nfile\nfull\n\nfull:\nfile');
  });
}

const BAD_PATHS: readonly unknown[] = ['', 'a\0b', 'x'.repeat(4097), 5, null, undefined, ['a'], Buffer.from('a')];

async function badPaths({ executor }: Kit): Promise<void> {
  const on = executor.files;
  for (const bad of BAD_PATHS as readonly string[]) {
    for (const call of callsOn(on)) await refusedOption(call(bad), 'path', 'from');
    await refusedOption(on.rename('/errand-none', bad), 'to');
    await refusedOption(on.upload(bad, '/errand-none'), 'localPath');
    await refusedOption(on.download('/errand-none', bad), 'localPath');
  }
  await inScratch(executor, async (dir) => {
    await refusedOption(on.write(`${dir}/${'x'.repeat(256)}`, 'x'), 'path');
    await executor.exec(['ln', '-s', 'loop', `${dir}/loop`], { check: true });
    await refusedOption(on.read(`${dir}/loop`), 'path');
    await refusedOption(on.write(`${dir}/loop`, 'x'), 'path');
    assert.equal(await output(executor, `ls -A ${dir}`), 'loop');
  });
}

const SIGNALS: readonly unknown[] = [{}, 'x', 5, null];
const BAD_OPTIONS: Readonly<Record<string, readonly unknown[]>> = {
  maxBytes: [-1, 0.5, Number.NaN, '5', null],
  offset: [-1, 0.5, Number.NaN, '5', null],
  lengthBytes: [-1, 0.5, Number.NaN, '5', null],
  mode: [-1, 0.5, 0o1000, '644', null],
  recursive: ['yes', 1, null],
};

async function badOptions({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await executor.files.write(`${dir}/file`, 'x');
    const call = (option: string): ((options: unknown) => Promise<unknown>) => {
      if (['maxBytes', 'offset', 'lengthBytes'].includes(option)) return (options) => executor.files.read(`${dir}/file`, options as object);
      if (option === 'mode') return (options) => executor.files.write(`${dir}/new`, 'x', options as object);
      return (options) => executor.files.remove(`${dir}/file`, options as object);
    };
    for (const [option, values] of Object.entries(BAD_OPTIONS)) {
      for (const value of values) await refusedOption(call(option)({ [option]: value }), option);
      for (const signal of SIGNALS) await refusedOption(call(option)({ signal }), 'signal');
      for (const options of [null, 5, 'x', []]) await refusedOption(call(option)(options), 'options');
    }
    for (const each of callsOn(executor.files)) {
      await refusedOption(each(`${dir}/file`, { maxByte: 1 }), 'maxByte');
      await refusedOption(each(`${dir}/file`, { signal: 5 }), 'signal');
    }
    for (const content of [5, null, undefined, {}, ['x']]) {
      await refusedOption(executor.files.write(`${dir}/new`, content as string), 'content');
    }
    assert.equal(await output(executor, `cat ${dir}/file; ls -A ${dir}`), 'xfile');
  });
}

type Call = (path: string, options?: object) => Promise<unknown>;

function callsOn(on: Files): readonly Call[] {
  return [
    (path, options) => on.read(path, options),
    (path, options) => on.write(path, 'x', options),
    (path, options) => on.stat(path, options),
    (path, options) => on.exists(path, options),
    (path, options) => on.list(path, options),
    (path, options) => on.rename(path, '/errand-none', options),
    (path, options) => on.remove(path, options),
    (path, options) => on.makeDirectory(path, options),
    (path, options) => on.upload('/errand-none', path, options),
    (path, options) => on.download(path, '/errand-none', options),
  ];
}

async function abortedUnderWay({ executor }: Kit): Promise<void> {
  const here = await mkdtemp(join(tmpdir(), 'errand-kit-'));
  try {
    await inScratch(executor, async (dir) => {
      // A gibibyte without a block on the disk: a command is done long before it is copied.
      await executor.exec(['dd', 'if=/dev/null', `of=${dir}/big`, 'bs=1024', 'seek=1048576'], { check: true });
      const reason = new Error('changed my mind');
      const controller = new AbortController();
      const ended = rejection(executor.files.download(`${dir}/big`, join(here, 'big'), { signal: controller.signal }));
      await executor.exec(':');
      controller.abort(reason);
      assert.equal(await ended, reason);
      await poll('What was downloaded should be gone', 5_000, async () => (await readdir(here)).length === 0);
    });
  } finally {
    await rm(here, { recursive: true });
  }
}
