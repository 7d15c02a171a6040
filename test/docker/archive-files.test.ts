import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import type { Files } from '@errand/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

const NOT_SUPPORTED = { code: 'EXEC_NOT_SUPPORTED' };

describe.skipIf(DockerServer.isSkipped)('files of a container without a shell', () => {
  let host: DockerHost;
  let named: DockerExecutorOptions;
  let here: string;
  beforeAll(async () => {
    host = await startDockerHost(['no-shell', 'busybox']);
    // What is in it is made with a shell, and looked at as if there were none.
    named = await host.named('busybox');
    here = await mkdtemp(join(tmpdir(), 'errand-archive-'));
    await using maker = dockerExecutor(named);
    await maker.exec(SETUP, { check: true });
  });
  afterAll(async () => {
    await host.stop();
    await rm(here, { recursive: true });
  });

  const SETUP = `
    mkdir -p /data/sub/deep /data/empty && cd /data && printf 12345 >file && chmod 640 file && ln file again && ln -s file link && ln -s sub/deep dir
    ln -s /data/link two; ln -s loop loop; ln -s nowhere dangling; ln -s /proc/version kernel; ln -s /dev/shm memory; mkfifo fifo
    printf x >sub/deep/x; printf x >"line
break"; head -c 3000000 /dev/urandom >big; mkdir tree; cp -a file link sub tree; touch -d "2009-02-13 23:31:30" tree/file`;

  async function on<T>(body: (files: Files) => Promise<T>, options = named): Promise<T> {
    await using executor = dockerExecutor({ ...options, shell: false, defaults: { cwd: '/data' } });
    return await body(executor.files);
  }

  it('are read through symbolic links, whole and in part', async () => {
    const texts = await on((files) =>
      Promise.all(['file', 'link', 'two', '/data/dir/x', 'again'].map(async (path) => String(Buffer.from(await files.read(path))))),
    );
    expect(texts).toEqual(['12345', '12345', '12345', 'x', '12345']);
    const big = await on((files) => files.read('big'));
    expect(big).toHaveLength(3_000_000);
    for (const [offset, lengthBytes] of [
      [0, 10],
      [65_535, 70_000],
      [2_999_990, 100],
    ] as const)
      expect(await on((files) => files.read('big', { offset, lengthBytes }))).toEqual(big.slice(offset, offset + lengthBytes));
  });

  it('are told as they are', async () => {
    const listed = await on((files) => files.list('/data'));
    expect(listed.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'again: file',
      'big: file',
      'dangling: symlink',
      'dir: symlink',
      'empty: directory',
      'fifo: other',
      'file: file',
      'kernel: symlink',
      'line\nbreak: file',
      'link: symlink',
      'loop: symlink',
      'memory: symlink',
      'sub: directory',
      'tree: directory',
      'two: symlink',
    ]);
    expect(listed.find(({ name }) => name === 'again')).toMatchObject({ path: '/data/again', sizeBytes: 5, mode: 0o640 });
    expect(await on((files) => files.stat('link'))).toMatchObject({ name: 'link', path: 'link', type: 'file', sizeBytes: 5 });
    expect((await on((files) => files.list('/'))).map(({ name }) => name)).toContain('proc');
    expect(await on((files) => files.list('dir'))).toHaveLength(1);
  });

  it('are refused where they are none, or not there', async () => {
    await on(async (files) => {
      for (const path of ['fifo', 'loop', 'sub']) await expect(files.read(path)).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
      for (const path of ['dangling', 'none', 'file/none'])
        await expect(files.read(path)).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
      await expect(files.read('x'.repeat(256))).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
    });
  });

  it('are refused where the daemon does not see what the container sees', async () => {
    await on(async (files) => {
      for (const path of ['/proc/version', 'kernel', 'memory', '/sys', '/dev/null'])
        await expect(files.read(path)).rejects.toMatchObject({ ...NOT_SUPPORTED, message: expect.stringMatching(/\/(proc|sys|dev)\)/) });
      await expect(files.download('/', join(here, 'all'), { recursive: true })).rejects.toMatchObject(NOT_SUPPORTED);
    });
    const own: DockerExecutorOptions = { ...host.options('no-shell'), keeper: ['cat'] };
    await on(async (files) => {
      await expect(files.exists('/tmp/x')).rejects.toMatchObject({ ...NOT_SUPPORTED, message: expect.stringContaining('/tmp') });
      expect((await files.stat('/bin/say')).type).toBe('file');
    }, own);
  });

  it('come down in trees, with links, modes and times', async () => {
    const to = join(here, 'tree');
    await on((files) => files.download('tree', to, { recursive: true }));
    expect((await readdir(to)).sort()).toEqual(['file', 'link', 'sub']);
    expect(await readlink(join(to, 'link'))).toBe('file');
    expect(await readFile(join(to, 'sub/deep/x'), 'utf8')).toBe('x');
    const { mode, mtimeMs } = await lstat(join(to, 'file'));
    expect([mode & 0o777, mtimeMs]).toEqual([0o640, 1_234_567_890_000]);
    await expect(on((files) => files.download('.', join(here, 'fifo'), { recursive: true }))).rejects.toMatchObject({
      code: 'EXEC_INVALID_OPTION',
    });
    expect((await readdir(here)).sort()).toEqual(['tree']);
  });

  it('are given up by an abort, and leave nothing', async () => {
    const reason = new Error('changed my mind');
    await on(async (files) => {
      const controller = new AbortController();
      const ended = files.download('big', join(here, 'big'), { signal: controller.signal });
      controller.abort(reason);
      await expect(ended).rejects.toBe(reason);
      await expect.poll(() => readdir(here)).not.toContain('big');
      expect((await files.read('file')).length).toBe(5);
    });
  });

  it('do not keep the container from running others', async () => {
    await on(async (files) => {
      const all = Promise.all(Array.from({ length: 8 }, () => files.read('big')));
      await using executor = dockerExecutor({ ...named, shell: false });
      expect((await executor.exec(['echo', 'on'])).stdout.text).toBe('on\n');
      expect((await all).every(({ length }) => length === 3_000_000)).toBe(true);
    });
  });
});
