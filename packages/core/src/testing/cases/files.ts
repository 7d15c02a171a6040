import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Concern, Kit } from '../case.ts';
import { EVERY_BYTE, pattern } from '../tools/pattern.ts';
import { refused, refusedAsUnsupported } from '../tools/refused.ts';
import { inScratch, output } from '../tools/target.ts';
import { FILE_FAULTS } from './file-faults.ts';
import { FILE_LINKS } from './file-links.ts';
import { FILE_TREES } from './file-trees.ts';

/** `executor.files`. */
export const files: Concern = {
  name: 'files on the target',
  cases: (supports) =>
    supports.files
      ? [
          { name: 'what is written is read, byte for byte, and commands see it', run: writeAndRead },
          { name: 'write replaces the whole file, keeps its mode, and leaves nothing else', run: replaces },
          { name: 'stat, exists and list tell what is there', run: looks },
          { name: 'rename, remove and makeDirectory do what they say', run: changes },
          { name: 'what is not there is EXEC_NOT_FOUND, file', run: notThere },
          { name: 'read refuses more than maxBytes', run: readBound },
          { name: 'read gives a part of a file, up to its end', run: readPart },
          { name: 'upload and download carry a file whole, or leave nothing', run: carries },
          { name: 'a fault of upload or download names the file that it is about', run: namesTheFault },
          { name: 'names with spaces, quotes, newlines and dashes are names', run: awkwardNames },
          { name: 'relative paths start where commands start', run: relative },
          { name: 'an aborted signal rejects with its reason', run: aborted },
          ...FILE_LINKS,
          ...FILE_FAULTS,
          ...FILE_TREES,
        ]
      : [{ name: 'files are refused', run: refusedFiles }],
};

async function writeAndRead({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await executor.files.write(`${dir}/bytes`, EVERY_BYTE);
    // No Buffer, which one target alone may give by chance: what `String(read)` says would differ.
    assert.deepEqual(await executor.files.read(`${dir}/bytes`), new Uint8Array(EVERY_BYTE));
    await executor.files.write(`${dir}/text`, 'grüße\n');
    assert.equal(await output(executor, `cat ${dir}/text`), 'grüße');
    await executor.exec(`printf made >${dir}/made; : >${dir}/empty`);
    assert.equal(Buffer.from(await executor.files.read(`${dir}/made`)).toString(), 'made');
    assert.equal((await executor.files.read(`${dir}/empty`)).length, 0);
    const much = pattern(32_768);
    await executor.files.write(`${dir}/much`, much);
    assert.ok(much.equals(await executor.files.read(`${dir}/much`)));
  });
}

async function replaces({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await executor.files.write(`${dir}/file`, 'a long first content');
    await executor.exec(`chmod 700 ${dir}/file`);
    await executor.files.write(`${dir}/file`, 'short');
    assert.equal(await output(executor, `cat ${dir}/file; echo; ls -A ${dir}`), 'short\nfile');
    assert.equal((await executor.files.stat(`${dir}/file`)).mode, 0o700);
    await executor.files.write(`${dir}/private`, 'x', { mode: 0o600 });
    assert.equal((await executor.files.stat(`${dir}/private`)).mode, 0o600);
  });
}

async function looks({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await executor.exec(`cd ${dir}; printf 12345 >b; mkdir a; ln -s b c; ln -s nowhere d`);
    const listed = await executor.files.list(dir);
    assert.deepEqual(
      listed.map((entry) => [entry.name, entry.type]),
      [
        ['a', 'directory'],
        ['b', 'file'],
        ['c', 'symlink'],
        ['d', 'symlink'],
      ],
    );
    const info = await executor.files.stat(`${dir}/b`);
    assert.equal(info.name, 'b');
    assert.equal(info.path, `${dir}/b`);
    assert.equal(info.sizeBytes, 5);
    assert.ok(Math.abs(info.modifiedAt.getTime() - Date.now()) < 600_000);
    assert.equal((await executor.files.stat(`${dir}/c`)).type, 'file');
    assert.equal(await executor.files.exists(`${dir}/b`), true);
    assert.equal(await executor.files.exists(`${dir}/none`), false);
    assert.equal(await executor.files.exists(`${dir}/none/deeper`), false);
  });
}

async function changes({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const { files: on } = executor;
    await on.makeDirectory(`${dir}/a/b/c`);
    await on.makeDirectory(`${dir}/a/b/c`);
    await on.write(`${dir}/a/one`, '1');
    await on.write(`${dir}/a/two`, '2');
    await on.rename(`${dir}/a/one`, `${dir}/a/two`);
    assert.equal(Buffer.from(await on.read(`${dir}/a/two`)).toString(), '1');
    assert.equal(await on.exists(`${dir}/a/one`), false);
    await on.remove(`${dir}/a/two`);
    assert.equal(await on.exists(`${dir}/a/two`), false);
    await assert.rejects(on.remove(`${dir}/a`), 'A directory that is not empty is removed only with recursive.');
    assert.equal(await on.exists(`${dir}/a/b/c`), true);
    await on.remove(`${dir}/a`, { recursive: true });
    assert.equal(await on.exists(`${dir}/a`), false);
  });
}

async function notThere({ executor }: Kit): Promise<void> {
  const { files: on } = executor;
  const none = '/errand-no-such-directory/file';
  const calls = [
    () => on.read(none),
    () => on.stat(none),
    () => on.list(none),
    () => on.remove(none),
    () => on.rename(none, `${none}2`),
    () => on.write(none, 'x'),
    // A directory that is there and takes no entries, for which Node's own tries for ever.
    () => on.makeDirectory('/proc/errand-none/directory'),
  ];
  for (const call of calls) {
    const error = await refused(call(), 'EXEC_NOT_FOUND');
    assert.equal(error.detail.what, 'file');
  }
}

async function readBound({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await executor.files.write(`${dir}/file`, '12345');
    assert.equal((await executor.files.read(`${dir}/file`, { maxBytes: 5 })).length, 5);
    await refused(executor.files.read(`${dir}/file`, { maxBytes: 4 }), 'EXEC_OUTPUT_OMITTED');
  });
}

async function readPart({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    // 200,000 bytes.
    const all = pattern(3_125);
    await executor.files.write(`${dir}/file`, all);
    const sizes = [0, 1, 65_535, 65_536, 65_537, 199_999, 200_000, 200_001];
    for (const offset of sizes) {
      for (const lengthBytes of [0, 1, 65_536, 300_000]) {
        const part = await executor.files.read(`${dir}/file`, { offset, lengthBytes, maxBytes: 300_000 });
        assert.ok(all.subarray(offset, offset + lengthBytes).equals(part), `${lengthBytes} bytes from ${offset} on`);
      }
    }
    assert.ok(all.subarray(150_000).equals(await executor.files.read(`${dir}/file`, { offset: 150_000, maxBytes: 50_000 })));
    await refused(executor.files.read(`${dir}/file`, { offset: 150_000, maxBytes: 49_999 }), 'EXEC_OUTPUT_OMITTED');
    await refused(executor.files.read(`${dir}/file`, { lengthBytes: 11, maxBytes: 10 }), 'EXEC_OUTPUT_OMITTED');
    assert.equal((await executor.files.read(`${dir}/file`, { lengthBytes: 10, maxBytes: 10 })).length, 10);
    // What tells no size has parts, too.
    const status = await executor.files.read('/proc/self/status', { offset: 1, lengthBytes: 4 });
    assert.equal(Buffer.from(status).toString(), 'ame:');
    await refused(executor.files.read(`${dir}/none`, { offset: 1, lengthBytes: 1 }), 'EXEC_NOT_FOUND');
    await refused(executor.files.read(dir, { offset: 1, lengthBytes: 1 }), 'EXEC_INVALID_OPTION');
  });
}

async function carries({ executor }: Kit): Promise<void> {
  const here = await mkdtemp(join(tmpdir(), 'errand-kit-'));
  try {
    await inScratch(executor, async (dir) => {
      const data = pattern(40_000);
      await writeFile(join(here, 'up'), data);
      await executor.files.upload(join(here, 'up'), `${dir}/file`);
      assert.equal(
        await output(executor, `wc -c <${dir}/file; ls -A ${dir} | wc -l`).then((text) => text.replace(/\s+/g, ' ').trim()),
        '2560000 1',
      );
      await executor.files.download(`${dir}/file`, join(here, 'down'));
      assert.ok(data.equals(await readFile(join(here, 'down'))));
      await assert.rejects(executor.files.upload(join(here, 'none'), `${dir}/none`));
      assert.equal(await executor.files.exists(`${dir}/none`), false);
      await refused(executor.files.download(`${dir}/none`, join(here, 'none')), 'EXEC_NOT_FOUND');
      await assert.rejects(stat(join(here, 'none')));
    });
  } finally {
    await rm(here, { recursive: true });
  }
}

async function namesTheFault({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const on = executor.files;
    await on.write(`${dir}/file`, 'x');
    const none = join(tmpdir(), 'errand-kit-none', 'file');
    assert.equal((await refused(on.upload(none, `${dir}/new`), 'EXEC_NOT_FOUND')).detail.name, none);
    assert.equal((await refused(on.download(`${dir}/file`, none), 'EXEC_NOT_FOUND')).detail.name, none);
    assert.equal((await refused(on.rename(`${dir}/file`, `${dir}/none/file`), 'EXEC_NOT_FOUND')).detail.name, `${dir}/none/file`);
    assert.equal(await output(executor, `ls -A ${dir}`), 'file');
  });
}

async function awkwardNames({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const names = ['two words', "it's", '"quoted"', '-rf', '$HOME', 'line\nbreak', '*', '\u00a0', 'ünï', 'back\\slash', 'n'.repeat(255)];
    for (const name of names) {
      await executor.files.write(`${dir}/${name}`, name);
      assert.equal(Buffer.from(await executor.files.read(`${dir}/${name}`)).toString(), name);
      assert.equal((await executor.files.stat(`${dir}/${name}`)).name, name);
    }
    const listed = await executor.files.list(dir);
    assert.deepEqual(new Set(listed.map((entry) => entry.name)), new Set(names));
    for (const name of names) await executor.files.remove(`${dir}/${name}`);
    assert.deepEqual(await executor.files.list(dir), []);
  });
}

async function relative({ executor, make }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const there = await make({ defaults: { cwd: dir } });
    await there.files.write('file', 'x');
    assert.equal(await output(there, 'cat file'), 'x');
    assert.equal(await executor.files.exists(`${dir}/file`), true);
  });
}

async function aborted({ executor }: Kit): Promise<void> {
  const reason = new Error('changed my mind');
  await assert.rejects(executor.files.read('/etc/hostname', { signal: AbortSignal.abort(reason) }), reason);
}

async function refusedFiles({ executor }: Kit): Promise<void> {
  await refusedAsUnsupported((async () => executor.files.read('/etc/hostname'))());
}
