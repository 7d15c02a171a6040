import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ExecError } from '../errors.ts';
import type { Files } from '../files.ts';
import { LocalFiles } from '../local/local-files.ts';
import { lineDriver } from '../testing/line-driver.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import type { OpenShell } from './shell-call.ts';
import { ShellFiles } from './shell-files.ts';

const local = new LocalFiles(undefined);
const isRoot = process.getuid?.() === 0;

async function scratch(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-shell-files-')));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** What comes of a call: its value, or what programs are told of its fault. */
function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => value,
    ({ code, detail }) => ({ code, detail }),
  );
}

describe.each(POSIX_SHELLS)('files through $name', ({ command: sh }) => {
  const open: OpenShell = (signal) => lineDriver({ loginShell: '/bin/sh', sh }).openShell?.(signal) ?? Promise.reject();
  const files = new ShellFiles(open);

  test('look the same as through Node, and fail the same', async () => {
    const dir = await scratch();
    await mkdir(join(dir, 'full/sub'), { recursive: true });
    await writeFile(join(dir, 'file'), 'content');
    await utimes(join(dir, 'file'), 1, 1_234_567_890.123);
    await utimes(join(dir, 'full'), 1, -1_000);
    await chmod(join(dir, 'full'), 0o1750);
    await chmod(join(dir, 'file'), 0o4711);
    await symlink('file', join(dir, 'link'));
    await symlink('none', join(dir, 'dangling'));
    await symlink('loop', join(dir, 'loop'));
    execFileSync('sh', ['-c', 'mkfifo fifo'], { cwd: dir });
    const paths = ['file', 'full', 'link', 'dangling', 'loop', 'fifo', 'none', 'file/deeper', 'none/deeper', 'x'.repeat(256), 'loop/x', ''];
    const all = [...paths.map((path) => join(dir, path)), '/', '/dev/null', '/proc/self/none', `${dir}/full/../file/`, '/proc/version'];
    const calls: ((on: Files, path: string) => Promise<unknown>)[] = [
      (on, path) => on.stat(path),
      (on, path) => on.exists(path),
      (on, path) => on.list(path),
      (on, path) => on.read(path).then((bytes) => Buffer.from(bytes).toString()),
      (on, path) => on.rename(path, `${path}/inside`),
    ];
    for (const path of all) {
      for (const call of calls) {
        const [told, wanted] = [await outcome(call(files, path)), await outcome(call(local, path))];
        // What is in '/' and '/proc' may change in between.
        if (path.startsWith(dir)) expect([path, told]).toEqual([path, wanted]);
        else expect(Object(told)).toMatchObject({ ...(Object(wanted).code && { code: Object(wanted).code }) });
      }
    }
  });

  test('change as through Node, and fail the same', async () => {
    const dir = await scratch();
    const make = async (name: string): Promise<string> => {
      const place = join(dir, name);
      await mkdir(join(place, 'full/sub'), { recursive: true });
      await mkdir(join(place, 'empty'));
      await writeFile(join(place, 'file'), 'content');
      await writeFile(join(place, 'other'), 'other');
      await symlink('full', join(place, 'link'));
      await symlink('nowhere/file', join(place, 'lost'));
      return place;
    };
    const calls: ((on: Files, at: string) => Promise<unknown>)[] = [
      (on, at) => on.rename(`${at}/file`, `${at}/file`),
      (on, at) => on.rename(`${at}/file`, `${at}/link`),
      (on, at) => on.rename(`${at}/full`, `${at}/link`),
      (on, at) => on.rename(`${at}/full`, `${at}/file`),
      (on, at) => on.rename(`${at}/full`, `${at}/full/sub/x`),
      (on, at) => on.rename(`${at}/full`, `${at}/empty`),
      (on, at) => on.rename(`${at}/empty`, `${at}/full`),
      (on, at) => on.rename(`${at}/file`, `${at}/empty`),
      (on, at) => on.rename(`${at}/file`, `${at}/other`),
      (on, at) => on.rename(`${at}/file`, `${at}/other/x`),
      (on, at) => on.rename(`${at}/file`, `${at}/none/x`),
      (on, at) => on.rename(`${at}/file`, `${at}/${'x'.repeat(256)}`),
      (on, at) => on.rename(`${at}/file`, '/proc/x'),
      (on, at) => on.remove(`${at}/link`),
      (on, at) => on.remove(`${at}/full`),
      (on, at) => on.remove(`${at}/empty`),
      (on, at) => on.remove(`${at}/none`),
      (on, at) => on.remove(`${at}/none`, { recursive: true }),
      (on, at) => on.remove(`${at}/link`, { recursive: true }),
      (on) => on.makeDirectory('/proc/x'),
      (on, at) => on.makeDirectory(`${at}/file`),
      (on, at) => on.makeDirectory(`${at}/file/x`),
      (on, at) => on.makeDirectory(`${at}/lost/x`),
      (on, at) => on.makeDirectory(`${at}/link/a/b`),
      (on, at) => on.write(`${at}/lost`, 'x'),
      (on, at) => on.write(`${at}/file/x`, 'x'),
      (on, at) => on.write(`${at}/link`, 'x'),
      (on, at) => on.write(`${at}/link/x`, 'x', { mode: 0o640 }),
      (on, at) => on.write(`${at}/new`, ''),
    ];
    let round = 0;
    for (const call of calls) {
      const ends = [];
      for (const on of [files, local]) {
        const place = await make(`${round++}`);
        const end = await outcome(call(on, place));
        const there = execFileSync('find', ['.', '-type', 'f', '-printf', '%p %m %s\\n', '-o', '-printf', '%p %m %l\\n'], { cwd: place });
        // The text, so that the place itself does not count.
        ends.push([call.toString(), JSON.stringify(end)?.replaceAll(place, '') ?? '', String(there).split('\n').sort()]);
      }
      expect(ends[0]).toEqual(ends[1]);
    }
  });

  test('names are bytes to the target: newlines at their ends, quotes beyond the first block that a shell reads, no UTF-8', async () => {
    const dir = await scratch();
    const deep = `${dir}/${Array(12).fill("'".repeat(250)).join('/')}`;
    await files.makeDirectory(deep);
    await files.write(`${deep}/file`, 'deep');
    expect(text(await files.read(`${deep}/file`))).toBe('deep');
    await files.makeDirectory(`${dir}/newlines\n\n`);
    await files.makeDirectory(`${dir}/newlines`);
    await symlink('newlines\n\n/file\n', join(dir, 'link'));
    await files.write(`${dir}/link`, 'through');
    expect(await readFile(`${dir}/newlines\n\n/file\n`, 'utf8')).toBe('through');
    expect(await files.list(`${dir}/newlines\n\n`)).toEqual(await local.list(`${dir}/newlines\n\n`));
    expect(text(await new ShellFiles(open, `${dir}/newlines\n\n`).read('file\n'))).toBe('through');
    await writeFile(Buffer.from(`${dir}/newlines/\xff\xfe`, 'latin1'), '');
    expect(await files.list(`${dir}/newlines`)).toEqual([expect.objectContaining({ name: '\ufffd\ufffd', type: 'file', sizeBytes: 0 })]);
    await symlink(Buffer.from('\xff', 'latin1'), join(dir, 'odd'));
    await files.write(`${dir}/odd`, 'odd');
    expect(await readFile(Buffer.from(`${dir}/\xff`, 'latin1'), 'utf8')).toBe('odd');
  });

  test('a long directory is listed whole', async () => {
    const dir = await scratch();
    await Promise.all(Array.from({ length: 3_000 }, (_, i) => writeFile(join(dir, `${'entry'.repeat(20)}-${i}`), '')));
    expect(await files.list(dir)).toEqual(await local.list(dir));
  });

  test.for([0, 1, 52, 53, 262_144, 262_145])('%i bytes are written and read exactly', async (bytes) => {
    const file = join(await scratch(), 'file');
    const content = Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 7) % 251));
    await files.write(file, content);
    expect(content.equals(await readFile(file))).toBe(true);
    expect(content.equals(await files.read(file, { maxBytes: bytes }))).toBe(true);
    if (bytes > 0) await expect(files.read(file, { maxBytes: bytes - 1 })).rejects.toMatchObject({ code: 'EXEC_OUTPUT_OMITTED' });
  });

  test('of a file that is longer than maxBytes no more than that is read', async () => {
    const file = join(await scratch(), 'big');
    await writeFile(file, '');
    await truncate(file, 2 ** 40);
    await expect(files.read(file, { maxBytes: 1_000 })).rejects.toMatchObject({ code: 'EXEC_OUTPUT_OMITTED' });
  });

  test.skipIf(process.platform !== 'linux')('files of /proc are read whole, though their size is told as 0', async () => {
    expect(text(await files.read('/proc/self/status'))).toMatch(/^Pid:\t\d+\n/m);
    await expect(files.read('/proc/self/status', { maxBytes: 100 })).rejects.toMatchObject({ code: 'EXEC_OUTPUT_OMITTED' });
  });

  test.skipIf(!isRoot)('an existing file keeps its owner and mode, a new one is as the umask has it', async () => {
    const dir = await scratch();
    await writeFile(join(dir, 'file'), 'old');
    await chown(join(dir, 'file'), 4_711, 4_712);
    await chmod(join(dir, 'file'), 0o664);
    await files.write(join(dir, 'file'), 'new');
    const { uid, gid, mode } = await stat(join(dir, 'file'));
    expect([uid, gid, mode & 0o7777]).toEqual([4_711, 4_712, 0o664]);
    const strict: OpenShell = async (signal) => {
      const channel = await open(signal);
      channel.stdin.write('umask 027\n');
      return channel;
    };
    await new ShellFiles(strict).write(join(dir, 'new'), 'new');
    expect((await stat(join(dir, 'new'))).mode & 0o7777).toBe(0o640);
  });

  test('relative paths start where shells do, or at the directory that is given', async () => {
    const here = await realpath(process.cwd());
    expect((await files.stat('package.json')).path).toBe(join(here, 'package.json'));
    expect((await new ShellFiles(open, 'packages').stat('../package.json')).path).toBe(join(here, 'package.json'));
    expect((await new ShellFiles(open, '/usr').stat('./bin/..//lib')).path).toBe('/usr/lib');
  });

  test('a target that has not the tools says so', async () => {
    const dir = await scratch();
    const bare = lineDriver({ loginShell: '/bin/sh', sh, environment: { PATH: dir } });
    if (sh.includes('busybox')) return;
    const on = new ShellFiles((signal) => bare.openShell?.(signal) ?? Promise.reject());
    const error = await on.stat('/').catch((fault) => fault);
    expect(error).toMatchObject({ code: 'EXEC_UNAVAILABLE' });
    expect(error.message).toContain('stat');
  });
});

test('a fault of opening the shell is told as it is', async () => {
  const fault = new ExecError('EXEC_AUTH', 'No key fits.');
  await expect(new ShellFiles(() => Promise.reject(fault)).read('/etc/hostname')).rejects.toBe(fault);
  await expect(new ShellFiles(() => Promise.reject(new Error('broken'))).read('/x')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
});

test('nothing is left in the directory that is listed after failures', async () => {
  const dir = await scratch();
  const on = new ShellFiles((signal) => lineDriver({ loginShell: '/bin/sh' }).openShell?.(signal) ?? Promise.reject());
  await expect(on.upload(join(dir, 'none'), join(dir, 'file'))).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
  expect(await readdir(dir)).toEqual([]);
});
