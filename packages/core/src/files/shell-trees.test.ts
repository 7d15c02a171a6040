import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { chmod, chown, link, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Files } from '../files.ts';
import { LocalFiles } from '../local/local-files.ts';
import { lineDriver } from '../testing/line-driver.ts';
import type { OpenShell } from './shell-call.ts';
import { ShellFiles } from './shell-files.ts';

const TREE = { recursive: true } as const;
/** Without a right that it was not given. */
const NOBODY = '/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups';
const isRoot = process.getuid?.() === 0;

async function scratch(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-trees-')));
  // With what its owner may not write to.
  onTestFinished(() => void execFileSync('sh', ['-c', 'chmod -R u+rwx "$1" && rm -rf "$1"', 'sh', dir]));
  return dir;
}

/** A target with what GNU or busybox has, and nothing else. */
interface Target {
  readonly name: string;
  readonly sh: string;
  readonly path: string;
}

const busyboxPath = join(tmpdir(), `errand-busybox-${process.pid}`);
execFileSync('sh', ['-c', 'mkdir "$1" && busybox --install -s "$1"', 'sh', busyboxPath]);
afterAll(() => rm(busyboxPath, { recursive: true }));

const targets: readonly Target[] = [
  { name: 'GNU tar', sh: '/bin/sh', path: '/usr/bin:/bin' },
  { name: 'busybox', sh: `${busyboxPath}/sh`, path: busyboxPath },
];

/** `before` is done when a shell was opened, and before it is told what to do. */
function opening({ sh, path }: Pick<Target, 'sh' | 'path'>): OpenShell {
  return (signal) => {
    const driver = lineDriver({ loginShell: '/bin/sh', sh, environment: { PATH: path } });
    return driver.openShell?.(signal) ?? Promise.reject();
  };
}

/** Does `action` when the first bytes of a tree are sent. */
function whenSending(open: OpenShell, action: () => void): OpenShell {
  return async (signal) => {
    const channel = await open(signal);
    const write = channel.stdin.write.bind(channel.stdin) as (...given: unknown[]) => boolean;
    channel.stdin.write = (chunk: unknown, ...rest: unknown[]): boolean => {
      if (typeof chunk !== 'string') action();
      return write(chunk, ...rest);
    };
    return channel;
  };
}

/** All that there is in a directory, byte for byte: names, types, modes, times, contents, where links lead, how many names. */
function told(directory: string): string[] {
  const find = (...rest: string[]): string[] =>
    execFileSync('find', ['.', ...rest], { cwd: directory, encoding: 'latin1' })
      .split('\n\0\n')
      .sort();
  const sums = execFileSync('sh', ['-c', 'find . -type f -exec cksum {} + | sort'], { cwd: directory, encoding: 'latin1' });
  return [
    ...find('-type', 'f', '-printf', '%P\\0%m\\0%n\\0%s\\0%Ts\n\\0\n'),
    ...find('!', '-type', 'f', '-printf', '%P\\0%y\\0%m\\0%l\n\\0\n'),
    sums,
  ];
}

const ODD_NAMES = [
  'line\nbreak',
  '-rf',
  'trailing\n',
  ' space ',
  '*',
  '"q"',
  "it's",
  'back\\slash',
  '\xff\xfe',
  'ünï',
  'n'.repeat(101),
  'n'.repeat(255),
];

async function awkwardTree(directory: string): Promise<void> {
  for (const name of ODD_NAMES) {
    const bytes = Buffer.from(name, name.includes('\xff') ? 'latin1' : 'utf8');
    const path = Buffer.concat([Buffer.from(`${directory}/`), bytes]);
    await writeFile(path, name);
    await symlink(bytes, Buffer.concat([path.subarray(0, directory.length + 1), Buffer.from('l'), bytes.subarray(0, 254)]));
  }
  const deep = Array.from({ length: 14 }, () => 'd'.repeat(250)).join('/');
  await mkdir(join(directory, deep), { recursive: true });
  await writeFile(join(directory, deep, 'file'), 'deep');
  await mkdir(join(directory, 'empty'), { mode: 0o750 });
  await mkdir(join(directory, 'closed'));
  await writeFile(join(directory, 'closed/file'), 'inside', { mode: 0o400 });
  await writeFile(join(directory, 'run'), '#!/bin/sh\n', { mode: 0o755 });
  await writeFile(join(directory, 'secret'), '', { mode: 0o600 });
  await link(join(directory, 'run'), join(directory, 'same'));
  await writeFile(join(directory, 'big'), Buffer.alloc(1_000_001, 7));
  await symlink('/etc', join(directory, 'absolute'));
  await symlink('../..', join(directory, 'up'));
  await symlink('nowhere', join(directory, 'dangling'));
  await symlink('x'.repeat(300), join(directory, 'far'));
  await utimes(join(directory, 'run'), 1, 1_234_567_890);
  await utimes(join(directory, 'secret'), 1, 2 ** 33);
  await chmod(join(directory, 'closed'), 0o500);
  const odd = Buffer.from(`${directory}/\x81\x88\xff it's\n$x`, 'latin1');
  await mkdir(odd);
  await symlink('../up', Buffer.concat([odd, Buffer.from('/link')]));
  await chmod(odd, 0o555);
}

describe.each(targets)('trees through $name', (target) => {
  const files = new ShellFiles(opening(target));
  const local = new LocalFiles(undefined);

  test('go up and come down as they were, and those of this machine too', async () => {
    const dir = await scratch();
    await mkdir(join(dir, 'here'));
    await awkwardTree(join(dir, 'here'));
    const was = told(join(dir, 'here'));
    await files.upload(join(dir, 'here'), join(dir, 'there'), { recursive: true });
    expect(told(join(dir, 'there'))).toEqual(was);
    await files.download(join(dir, 'there'), join(dir, 'back'), { recursive: true });
    expect(told(join(dir, 'back'))).toEqual(was);
    await local.upload(join(dir, 'here'), join(dir, 'copy'), { recursive: true });
    expect(told(join(dir, 'copy'))).toEqual(was);
    expect(await readdir(dir)).toEqual(['back', 'copy', 'here', 'there']);
  });

  test('come down without the bits and names that are nobody else’s business, up neither', async () => {
    const dir = await scratch();
    await mkdir(join(dir, 'here'));
    await writeFile(join(dir, 'here/suid'), 'x');
    await chmod(join(dir, 'here/suid'), 0o4755);
    await chmod(join(dir, 'here'), 0o1777);
    await files.upload(join(dir, 'here'), join(dir, 'up'), { recursive: true });
    await files.download(join(dir, 'here'), join(dir, 'down'), { recursive: true });
    for (const copy of ['up', 'down']) {
      expect((await stat(join(dir, copy))).mode & 0o7777).toBe(0o777);
      expect((await stat(join(dir, copy, 'suid'))).mode & 0o7777).toBe(0o755);
    }
  });

  test('whoever has no rights but its own leaves nothing that it may not write to', async () => {
    const dir = await scratch();
    await chmod(dir, 0o777);
    await mkdir(join(dir, 'here/closed'), { recursive: true });
    await symlink('/etc', join(dir, 'here/closed/absolute'));
    await writeFile(join(dir, 'here/closed/file'), 'x', { mode: 0o444 });
    await link(join(dir, 'here/closed/file'), join(dir, 'here/closed/same'));
    await chmod(join(dir, 'here/closed'), 0o555);
    await chmod(join(dir, 'here'), 0o555);
    const open = opening(isRoot ? { ...target, sh: `${NOBODY} ${target.sh}` } : target);
    await new ShellFiles(open).upload(join(dir, 'here'), join(dir, 'there'), { recursive: true });
    expect(told(join(dir, 'there'))).toEqual(told(join(dir, 'here')));
    // Fails at its last step, with all of it there.
    await mkdir(join(dir, 'full'));
    const late = new ShellFiles(whenSending(open, () => writeFileSync(join(dir, 'full/new'), '')));
    await expect(late.upload(join(dir, 'here'), join(dir, 'full'), { recursive: true })).rejects.toMatchObject({
      code: 'EXEC_INVALID_OPTION',
      detail: { option: 'path' },
    });
    expect(await readdir(join(dir, 'full'))).toEqual(['new']);
    expect((await readdir(dir)).sort()).toEqual(['full', 'here', 'there']);
  });

  test('fail as on this machine, and leave what was there', async () => {
    const dir = await scratch();
    const at = (path: string): string => join(dir, path);
    execFileSync(
      'sh',
      ['-c', 'mkdir -p from/sub full/x empty odd/sub; echo x >from/sub/f; echo x >file; mkfifo odd/sub/fifo; ln -s empty link'],
      {
        cwd: dir,
      },
    );
    const listing = (): string[] => told(dir);
    const was = listing();
    const calls: ((on: Files) => Promise<unknown>)[] = [
      (on) => on.upload(at('from'), at('full'), TREE),
      (on) => on.upload(at('from'), at('file'), TREE),
      (on) => on.upload(at('from'), at('none/x'), TREE),
      (on) => on.upload(at('from'), at('file/x'), TREE),
      (on) => on.upload(at('from'), '/', TREE),
      (on) => on.upload(at('from'), at('x'.repeat(256)), TREE),
      (on) => on.upload(at('none'), at('new'), TREE),
      (on) => on.upload(at('odd'), at('new'), TREE),
      (on) => on.upload(at('odd/sub/fifo'), at('new'), TREE),
      (on) => on.upload(at('from'), at('new')),
      (on) => on.download(at('from'), at('full'), TREE),
      (on) => on.download(at('from'), at('file'), TREE),
      (on) => on.download(at('from'), at('none/x'), TREE),
      (on) => on.download(at('none'), at('new'), TREE),
      (on) => on.download(at('odd'), at('new'), TREE),
      (on) => on.download(at('odd/sub/fifo'), at('new'), TREE),
      (on) => on.download(at('from'), at('new')),
    ];
    for (const call of calls) {
      const faults = [];
      for (const on of [files, local]) {
        const { code, detail } = await call(on).then(
          () => ({}),
          (error) => error,
        );
        faults.push([call.toString(), code, detail]);
        expect(listing()).toEqual(was);
      }
      expect(faults[0]?.[1]).toMatch(/^EXEC_(INVALID_OPTION|NOT_FOUND)$/);
      expect(faults[0]).toEqual(faults[1]);
    }
    for (const on of [files, local]) {
      // A link to an empty directory stays, and a file is carried as without `recursive`.
      await on.upload(at('from'), at('link'), TREE);
      expect(told(at('empty'))).toEqual(told(at('from')));
      await rm(at('empty'), { recursive: true });
      await mkdir(at('empty'));
      await on.download(at('from'), at('link'), TREE);
      expect(told(at('empty'))).toEqual(told(at('from')));
      await rm(at('empty'), { recursive: true });
      await mkdir(at('empty'));
      await on.upload(at('file'), at('one'), TREE);
      await on.download(at('one'), at('two'), TREE);
      expect(await readFile(at('two'), 'utf8')).toBe('x\n');
      await rm(at('one'));
      await rm(at('two'));
    }
    expect(listing()).toEqual(was);
  });

  test('sockets are told before anything is sent', async () => {
    const dir = await scratch();
    await mkdir(join(dir, 'here'));
    const server = createServer().listen(join(dir, 'here/socket'));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await expect(files.download(join(dir, 'here'), join(dir, 'down'), TREE)).rejects.toMatchObject({
      code: 'EXEC_INVALID_OPTION',
      message: expect.stringContaining(`holds '${dir}/here/socket'`),
    });
    expect(await readdir(dir)).toEqual(['here']);
  });

  test.skipIf(!isRoot)('what may not be read is told with the name that the target gives it', async () => {
    const dir = await scratch();
    await chmod(dir, 0o777);
    await mkdir(join(dir, 'here'));
    await writeFile(join(dir, 'here/private'), 'x', { mode: 0o600 });
    const modest = new ShellFiles(opening({ ...target, sh: `${NOBODY} ${target.sh}` }));
    await expect(modest.download(join(dir, 'here'), join(dir, 'down'), TREE)).rejects.toMatchObject({
      code: 'EXEC_PERMISSION',
      message: expect.stringContaining('private'),
      detail: { what: 'file', name: join(dir, 'here') },
    });
    await chown(dir, 0, 0);
    await chmod(dir, 0o755);
    await expect(modest.upload(join(dir, 'here'), join(dir, 'up'), TREE)).rejects.toMatchObject({ code: 'EXEC_PERMISSION' });
    expect(await readdir(dir)).toEqual(['here']);
  });
});

test('a target without tar says so', async () => {
  const dir = await scratch();
  await mkdir(join(dir, 'bin'));
  await mkdir(join(dir, 'here'));
  for (const name of ['stat', 'find', 'head', 'readlink', 'ls', 'mkdir']) await symlink(`/usr/bin/${name}`, join(dir, 'bin', name));
  const files = new ShellFiles(opening({ sh: '/bin/sh', path: join(dir, 'bin') }));
  const refused = { code: 'EXEC_NOT_FOUND', detail: { what: 'program', name: 'tar' }, message: expect.stringContaining('install it') };
  await expect(files.upload(join(dir, 'here'), join(dir, 'up'), TREE)).rejects.toMatchObject(refused);
  await expect(files.download(join(dir, 'here'), join(dir, 'down'), TREE)).rejects.toMatchObject(refused);
  expect((await readdir(dir)).sort()).toEqual(['bin', 'here']);
});

test('a copy into itself is refused, also through a link', async () => {
  const dir = await scratch();
  await mkdir(join(dir, 'here/sub'), { recursive: true });
  await symlink('here/sub', join(dir, 'link'));
  const local = new LocalFiles(undefined);
  for (const to of ['here/new', 'here/sub', 'link/new']) {
    await expect(local.upload(join(dir, 'here'), join(dir, to), TREE)).rejects.toMatchObject({
      code: 'EXEC_INVALID_OPTION',
      detail: { option: 'path' },
      message: expect.stringContaining('is inside'),
    });
  }
  expect(await readdir(join(dir, 'here/sub'))).toEqual([]);
  await local.upload(join(dir, 'here'), join(dir, 'here2'), TREE);
  expect(await readdir(join(dir, 'here2'))).toEqual(['sub']);
});
