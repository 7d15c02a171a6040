import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SshExecutor, sshExecutor } from '@errand/backend-ssh';
import { type Files, localExecutor } from '@errand/core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { SshAccount } from '../servers/ssh-accounts.ts';
import { SshServer } from '../servers/sshd.ts';
import { optionsFor, type SshHost, startSshHost } from './ssh-host.ts';

const MIB = 1_048_576;

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-sftp-'));
  await chmod(dir, 0o777);
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

/** What comes of a call: its value, or what programs are told of its fault. */
function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => value,
    ({ code, detail }) => ({ code, detail }),
  );
}

describe.skipIf(SshServer.isSkipped)('an account with SFTP only', () => {
  const local = localExecutor();
  let host: SshHost;
  let account: SshAccount;
  let executor: SshExecutor;
  let files: Files;

  beforeAll(async () => {
    host = await startSshHost(['dash'], ['ForceCommand internal-sftp']);
    account = host.accounts.of('dash');
    executor = sshExecutor(host.options());
    files = executor.files;
  });

  afterAll(async () => {
    await Promise.all([executor?.close(), local.close()]);
    await host?.stop();
  });

  /** As the account, which owns what it makes. */
  async function own(path: string): Promise<void> {
    execFileSync('chown', ['-hR', `${account.uid}`, path]);
  }

  test('runs no commands, and says why', async () => {
    const message = expect.stringMatching(/this account gives SFTP only .*ForceCommand.* it has `files`, and runs no commands/);
    await expect(executor.exec('true')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message });
    await expect(executor.openSession()).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message });
    await using pooled = sshExecutor({ ...host.options(), shells: { max: 2 } });
    await expect(pooled.exec('true')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('SFTP only') });
  });

  test('has directories, and copies none into itself where it is on this machine', async () => {
    const dir = await scratch();
    await mkdir(join(dir, 'sub'));
    await own(dir);
    const into = files.upload(dir, join(dir, 'sub/up'), { recursive: true });
    await expect(into).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION', detail: { option: 'localPath' } });
    // What the client makes is nobody else's to read.
    await expect(files.download(dir, join(dir, 'sub/down'), { recursive: true })).rejects.toMatchObject({
      code: expect.stringMatching(/^EXEC_(INVALID_OPTION|PERMISSION)$/),
    });
    expect(await readdir(dir, { recursive: true })).toEqual(['sub']);
  });

  test('has files: what is written is read, whole, with its mode, and relative to its home', async () => {
    const every = new Uint8Array(Array.from({ length: 256 }, (_, value) => value));
    await files.write('bytes', every, { mode: 0o640 });
    expect(await files.read('bytes')).toEqual(every);
    expect(await files.stat('bytes')).toMatchObject({
      name: 'bytes',
      path: `${account.home}/bytes`,
      sizeBytes: 256,
      mode: 0o640,
      type: 'file',
    });
    await files.write('bytes', 'new');
    expect(await readFile(join(account.home, 'bytes'), 'utf8')).toBe('new');
    expect((await stat(join(account.home, 'bytes'))).mode & 0o7777).toBe(0o640);
    await files.write('plain', '');
    expect((await stat(join(account.home, 'plain'))).mode & 0o7777).toBe(0o644);
    await files.remove('bytes');
    await files.remove('plain');
    expect(await readdir(account.home)).toEqual([]);
    await using there = sshExecutor({ ...host.options(), defaults: { cwd: '/etc' } });
    expect((await there.files.stat('hostname')).path).toBe('/etc/hostname');
    expect((await files.read('/proc/version')).length).toBeGreaterThan(10);
  });

  test('has files that look as through Node, and fail the same', async () => {
    const dir = await scratch();
    await mkdir(join(dir, 'full/sub'), { recursive: true });
    await writeFile(join(dir, 'file'), 'content');
    await utimes(join(dir, 'file'), 1, 1_234_567_890);
    await utimes(join(dir, 'full/sub'), 1, 1_000);
    await utimes(join(dir, 'full'), 1, 1_000);
    await chmod(join(dir, 'full'), 0o1755);
    await symlink('file', join(dir, 'link'));
    await symlink('none', join(dir, 'dangling'));
    await symlink('loop', join(dir, 'loop'));
    execFileSync('sh', ['-c', 'mkfifo fifo'], { cwd: dir });
    await utimes(join(dir, 'fifo'), 1, 1_000);
    const paths = ['file', 'full', 'link', 'dangling', 'loop', 'fifo', 'none', 'file/deeper', 'none/deeper', 'x'.repeat(256)];
    const calls: ((on: Files, path: string) => Promise<unknown>)[] = [
      (on, path) => on.stat(path),
      (on, path) => on.exists(path),
      (on, path) => on.list(path),
      (on, path) => on.read(path).then((bytes) => Buffer.from(bytes).toString()),
      (on, path) => on.read(path, { maxBytes: 6 }),
      (on, path) => on.read(path, { offset: 2, lengthBytes: 3 }).then((bytes) => Buffer.from(bytes).toString()),
      (on, path) => on.read(path, { offset: 3, maxBytes: 2 }),
      (on, path) => on.read(path, { offset: 1_000, lengthBytes: 0 }),
      // Of a loop in the middle of a path the server says that there is no such file.
      (on, path) => on.rename(path, path.endsWith('loop') ? `${path}2/inside` : `${path}/inside`),
      (on, path) => on.download(path, join(dir, 'none/copy')),
      (on, path) => on.upload(path, join(dir, 'none/copy')),
    ];
    for (const path of paths.map((path) => join(dir, path))) {
      for (const call of calls) expect([path, await outcome(call(files, path))]).toEqual([path, await outcome(call(local.files, path))]);
    }
    expect(await outcome(files.read('/dev/null'))).toEqual(await outcome(local.files.read('/dev/null')));
  });

  test('has files that change as through Node, and fail the same', async () => {
    const dir = await scratch();
    const make = async (name: string): Promise<string> => {
      const place = join(dir, name);
      await mkdir(join(place, 'full/sub'), { recursive: true });
      await mkdir(join(place, 'empty'));
      await writeFile(join(place, 'file'), 'content');
      await writeFile(join(place, 'other'), 'other');
      await symlink('full', join(place, 'link'));
      await symlink('nowhere/file', join(place, 'lost'));
      await symlink('full/sub/made', join(place, 'dangling'));
      await own(place);
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
      (on, at) => on.remove(`${at}/link`),
      (on, at) => on.remove(`${at}/full`),
      (on, at) => on.remove(`${at}/empty`),
      (on, at) => on.remove(`${at}/none`),
      (on, at) => on.remove(`${at}/full`, { recursive: true }),
      (on, at) => on.remove(`${at}/none`, { recursive: true }),
      (on, at) => on.remove(`${at}/link`, { recursive: true }),
      (on, at) => on.makeDirectory(`${at}/file`),
      (on, at) => on.makeDirectory(`${at}/file/x`),
      (on, at) => on.makeDirectory(`${at}/full`),
      (on, at) => on.makeDirectory(`${at}/link/a/b`),
      (on, at) => on.write(`${at}/lost`, 'x'),
      (on, at) => on.write(`${at}/dangling`, 'x'),
      (on, at) => on.write(`${at}/file/x`, 'x'),
      (on, at) => on.write(`${at}/link`, 'x'),
      (on, at) => on.write(`${at}/link/x`, 'x', { mode: 0o640 }),
      (on, at) => on.write(`${at}/none/x`, 'x'),
      (on, at) => on.upload(`${at}/file`, `${at}/other`),
      (on, at) => on.upload(`${at}/full`, `${at}/new`),
    ];
    let round = 0;
    for (const call of calls) {
      const ends = [];
      for (const on of [files, local.files]) {
        const place = await make(`${round++}`);
        const end = await outcome(call(on, place));
        const there = execFileSync('find', ['.', '-type', 'f', '-printf', '%p %m %s\\n', '-o', '-printf', '%p %m %l\\n'], { cwd: place });
        ends.push([call.toString(), JSON.stringify(end)?.replaceAll(place, '') ?? '', String(there).split('\n').sort()]);
      }
      expect(ends[0]).toEqual(ends[1]);
    }
  });

  test('may not do what its user may not', async () => {
    const dir = await scratch();
    await writeFile(join(dir, 'private'), 'x', { mode: 0o600 });
    await mkdir(join(dir, 'closed'), { mode: 0o700 });
    const denied = { code: 'EXEC_PERMISSION', detail: { what: 'file' } };
    await expect(files.read(join(dir, 'private'))).rejects.toMatchObject(denied);
    await expect(files.write(join(dir, 'closed/x'), 'x')).rejects.toMatchObject(denied);
    await expect(files.exists(join(dir, 'closed/x'))).rejects.toMatchObject(denied);
    await expect(files.makeDirectory('/etc/errand')).rejects.toMatchObject(denied);
  });

  test('carries files whole, follows links, and leaves nothing when it is given up', async () => {
    const dir = await scratch();
    await writeFile(join(dir, 'big'), Buffer.alloc(5 * MIB + 123, 'pattern, '));
    await symlink('there', join(dir, 'link'));
    await files.upload(join(dir, 'big'), join(dir, 'link'), { mode: 0o600 });
    expect(await readlink(join(dir, 'link'))).toBe('there');
    expect((await stat(join(dir, 'there'))).mode & 0o7777).toBe(0o600);
    await files.download(join(dir, 'there'), join(dir, 'back'));
    const sum = async (name: string): Promise<string> =>
      createHash('sha256')
        .update(await readFile(join(dir, name)))
        .digest('hex');
    expect(await sum('there')).toBe(await sum('big'));
    expect(await sum('back')).toBe(await sum('big'));
    await truncate(join(dir, 'big'), 2 ** 34);
    await chmod(join(dir, 'big'), 0o644);
    const reason = new Error('changed my mind');
    for (const call of [
      (signal: AbortSignal) => files.upload(join(dir, 'big'), join(dir, 'there'), { signal }),
      (signal: AbortSignal) => files.download(join(dir, 'big'), join(dir, 'back'), { signal }),
    ]) {
      const controller = new AbortController();
      const ended = call(controller.signal).catch((error) => error);
      await expect.poll(async () => (await readdir(dir)).some((name) => name.startsWith('.errand-'))).toBe(true);
      controller.abort(reason);
      expect(await ended).toBe(reason);
      await expect.poll(() => readdir(dir)).toEqual(['back', 'big', 'link', 'there']);
    }
    expect(await sum('there')).toBe(await sum('back'));
  });

  test('an upload whose connection is lost leaves the old content, and the next connection removes the rest', async () => {
    const dir = await scratch();
    await writeFile(join(dir, 'file'), 'old');
    await writeFile(join(dir, 'big'), '');
    await truncate(join(dir, 'big'), 2 ** 34);
    const ended = files.upload(join(dir, 'big'), join(dir, 'file')).catch((error) => error);
    await expect.poll(async () => (await readdir(dir)).some((name) => name.startsWith('.errand-'))).toBe(true);
    await host.server.killConnections();
    expect(await ended).toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('lost') });
    await expect.poll(() => readdir(dir)).toEqual(['big', 'file']);
    expect(await readFile(join(dir, 'file'), 'utf8')).toBe('old');
    expect(Buffer.from(await files.read(join(dir, 'file'))).toString()).toBe('old');
  });

  test('carries directories as shells do, whole or not at all', async () => {
    const dir = await scratch();
    const at = (name: string): string => join(dir, name);
    const deep = `${'d'.repeat(120)}/${'e'.repeat(150)}`;
    await mkdir(at(`from/${deep}`), { recursive: true });
    await mkdir(at('from/empty'), { mode: 0o700 });
    await mkdir(at('from/closed'));
    for (const name of ['-rf', 'line\nbreak', 'ünï', `${deep}/file`, 'closed/file']) await writeFile(at(`from/${name}`), name);
    await writeFile(at('from/big'), Buffer.alloc(3 * MIB + 17, 'pattern, '), { mode: 0o750 });
    await utimes(at('from/big'), 1, 1_234_567_890);
    await link(at('from/big'), at('from/same'));
    await symlink('../../nowhere', at('from/dangling'));
    await symlink('/etc', at('from/far'));
    await chmod(at('from/closed'), 0o555);
    await own(at('from'));
    await files.upload(at('from'), at('up'), { recursive: true });
    await files.download(at('up'), at('down'), { recursive: true });
    const told = (name: string, ...facts: string[]): string[] =>
      execFileSync('find', ['.', '-type', 'f', '-printf', `%P %m %s %Ts ${facts}\\0`, '-o', '-printf', '%P %y %m %l\\0'], { cwd: at(name) })
        .toString()
        .split('\0')
        .sort();
    expect(told('up', '%n')).toEqual(told('from', '%n'));
    // Which names are of one file a server does not tell.
    expect(told('down')).toEqual(told('from'));
    for (const name of ['up', 'down']) execFileSync('diff', ['-r', '--no-dereference', at('from'), at(name)]);
    await mkdir(at('taken'));
    await writeFile(at('taken/file'), 'old');
    execFileSync('sh', ['-c', 'mkdir odd && mkfifo odd/fifo'], { cwd: dir });
    await writeFile(Buffer.from(`${at('taken')}/\xff`, 'latin1'), '');
    const before = await readdir(dir);
    const calls: readonly (readonly [code: string, call: () => Promise<void>])[] = [
      ['EXEC_INVALID_OPTION', () => files.upload(at('from'), at('taken'), { recursive: true })],
      ['EXEC_INVALID_OPTION', () => files.upload(at('from'), at('taken/file'), { recursive: true })],
      ['EXEC_NOT_FOUND', () => files.upload(at('from'), at('none/new'), { recursive: true })],
      ['EXEC_INVALID_OPTION', () => files.upload(at('odd'), at('new'), { recursive: true })],
      ['EXEC_INVALID_OPTION', () => files.upload(at('from'), at('new'))],
      ['EXEC_INVALID_OPTION', () => files.download(at('from'), at('taken'), { recursive: true })],
      ['EXEC_INVALID_OPTION', () => files.download(at('odd'), at('new'), { recursive: true })],
      ['EXEC_INVALID_OPTION', () => files.download(at('from'), at('new'))],
      ['EXEC_NOT_SUPPORTED', () => files.upload(at('taken'), at('new'), { recursive: true })],
      ['EXEC_NOT_SUPPORTED', () => files.download(at('taken'), at('new'), { recursive: true })],
    ];
    for (const [code, call] of calls) {
      expect([call.toString(), await outcome(call())]).toEqual([call.toString(), expect.objectContaining({ code })]);
      expect(await readdir(dir)).toEqual(before);
    }
  });

  test('carries directories that leave nothing when their connection is lost', async () => {
    const dir = await scratch();
    await mkdir(join(dir, 'from/closed'), { recursive: true });
    await chmod(join(dir, 'from/closed'), 0o555);
    await writeFile(join(dir, 'from/z'), '');
    await truncate(join(dir, 'from/z'), 2 ** 34);
    for (const call of [
      () => files.upload(join(dir, 'from'), join(dir, 'new'), { recursive: true }),
      () => files.download(join(dir, 'from'), join(dir, 'new'), { recursive: true }),
    ]) {
      const ended = call().catch((error) => error);
      await expect.poll(async () => (await readdir(dir)).length).toBe(2);
      await host.server.killConnections();
      expect(await ended).toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('lost') });
      await expect.poll(() => readdir(dir)).toEqual(['from']);
    }
  });

  test('serves many calls at once, over connections that are shared', async () => {
    const dir = await scratch();
    await Promise.all(Array.from({ length: 40 }, (_, index) => files.write(join(dir, `${index}`), `${index}`)));
    expect((await files.list(dir)).map(({ name }) => name)).toEqual(Array.from({ length: 40 }, (_, index) => `${index}`).sort());
    expect(host.server.connections().length).toBeLessThanOrEqual(20);
  });

  test('may have a root of its own', async () => {
    // All directories above must be root's, and writable for nobody else: /tmp is not.
    const root = await mkdtemp('/run/errand-chroot-');
    const server = await SshServer.start(['ForceCommand internal-sftp', `ChrootDirectory ${root}`]);
    onTestFinished(async () => {
      await server.stop();
      await rm(root, { recursive: true });
    });
    await chmod(root, 0o755);
    await mkdir(join(root, 'incoming'));
    await chown(join(root, 'incoming'), account.uid, -1);
    await using chrooted = sshExecutor(optionsFor(server, account));
    await chrooted.files.write('/incoming/file', 'x');
    expect(await readFile(join(root, 'incoming/file'), 'utf8')).toBe('x');
    expect((await chrooted.files.list('incoming')).map(({ path }) => path)).toEqual(['/incoming/file']);
    await expect(chrooted.exec('true')).rejects.toMatchObject({ message: expect.stringContaining('SFTP only') });
  });

  test.each([
    ['sftp-server as its forced command', 'ForceCommand /usr/lib/openssh/sftp-server'],
    ['a server that knows no posix-rename', 'ForceCommand internal-sftp -P posix-rename,fsync'],
  ])('with %s', async (what, line) => {
    const server = await SshServer.start([line]);
    onTestFinished(() => server.stop());
    const dir = await scratch();
    await using odd = sshExecutor(optionsFor(server, account));
    await odd.files.write(join(dir, 'file'), 'one');
    await odd.files.rename(join(dir, 'file'), join(dir, 'moved'));
    expect(Buffer.from(await odd.files.read(join(dir, 'moved'))).toString()).toBe('one');
    await expect(odd.exec('true')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('SFTP only') });
    if (what.includes('forced')) {
      await odd.files.write(join(dir, 'moved'), 'two');
      expect(await readFile(join(dir, 'moved'), 'utf8')).toBe('two');
      return;
    }
    // For a moment nothing would be there.
    await odd.files.write(join(dir, 'other'), 'other');
    for (const call of [() => odd.files.write(join(dir, 'moved'), 'two'), () => odd.files.rename(join(dir, 'other'), join(dir, 'moved'))]) {
      await expect(call()).rejects.toMatchObject({
        code: 'EXEC_NOT_SUPPORTED',
        message: expect.stringContaining('remove the old one first'),
      });
    }
    expect(await readFile(join(dir, 'moved'), 'utf8')).toBe('one');
    expect(await readdir(dir)).toEqual(['moved', 'other']);
  });
});
