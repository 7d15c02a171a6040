import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case, Kit } from '../case.ts';
import { inScratch, output } from '../tools/target.ts';

/** What `executor.files` does at a symbolic link. */
export const FILE_LINKS: readonly Case[] = [
  { name: 'write and upload go through a symbolic link to the file, which keeps its mode', run: writesThrough },
  { name: 'write through a link whose file is missing makes that file', run: dangling },
  { name: 'rename and remove are about the link, not about its file', run: linkItself },
];

async function writesThrough({ executor }: Kit): Promise<void> {
  const here = await mkdtemp(join(tmpdir(), 'errand-kit-'));
  try {
    await inScratch(executor, async (dir) => {
      await executor.exec(`cd ${dir}; mkdir a b; echo old >a/file; chmod 600 a/file; ln -s ../a/file b/one; ln -s b/one two`, {
        check: true,
      });
      await executor.files.write(`${dir}/two`, 'new');
      assert.equal(
        await output(executor, `cd ${dir}; cat a/file; echo; readlink two; readlink b/one; ls -A a b`),
        'new\nb/one\n../a/file\na:\nfile\n\nb:\none',
      );
      await writeFile(join(here, 'up'), 'uploaded');
      await executor.files.upload(join(here, 'up'), `${dir}/two`);
      assert.equal(await output(executor, `cd ${dir}; cat a/file; echo; readlink two; readlink b/one`), 'uploaded\nb/one\n../a/file');
      assert.equal((await executor.files.stat(`${dir}/two`)).mode, 0o600);
    });
  } finally {
    await rm(here, { recursive: true });
  }
}

/** Where a link leads is told from the directory that it is in, however one came there. */
async function dangling({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const script = `cd ${dir}; mkdir c in in/a in/c; ln -s ../c/file in/a/link; ln -s ${dir}/in/a/link top; ln -s in/a there`;
    await executor.exec(script, { check: true });
    await executor.files.write(`${dir}/top`, 'made');
    assert.equal(await output(executor, `cd ${dir}; cat in/c/file; rm in/c/file`), 'made');
    await executor.files.write(`${dir}/there/link`, 'made again');
    assert.equal(
      await output(executor, `cd ${dir}; cat in/c/file; echo; ls -A c in/a in/c`),
      'made again\nc:\n\nin/a:\nlink\n\nin/c:\nfile',
    );
  });
}

async function linkItself({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await executor.exec(`cd ${dir}; echo kept >file; ln -s file one; mkdir dir; echo kept >dir/file; ln -s dir two`, { check: true });
    await executor.files.rename(`${dir}/one`, `${dir}/moved`);
    assert.equal(await output(executor, `cd ${dir}; readlink moved; cat file`), 'file\nkept');
    await executor.files.remove(`${dir}/moved`);
    await executor.files.remove(`${dir}/two`, { recursive: true });
    assert.equal(await output(executor, `cd ${dir}; cat file dir/file; ls -A`), 'kept\nkept\ndir\nfile');
  });
}
