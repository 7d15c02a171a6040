import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ByteChannel } from '../driver.ts';
import { lineDriver } from '../testing/line-driver.ts';
import { poll } from '../testing/tools/poll.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import type { OpenShell } from './shell-call.ts';
import { ShellFiles } from './shell-files.ts';

const MIB = 1_048_576;

async function scratch(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-transfers-')));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

async function big(dir: string, bytes = 2 ** 40): Promise<string> {
  const file = join(dir, 'big');
  await writeFile(file, '');
  await truncate(file, bytes);
  return file;
}

/** Resolves once some of an upload is on the target. */
function underWay(dir: string): Promise<unknown> {
  return poll('some of it is there', 5_000, async () => (await temporaries(dir)).length > 0);
}

async function temporaries(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.startsWith('.errand-'));
}

describe.each(POSIX_SHELLS)('transfers through $name', ({ command: sh }) => {
  const channels: ByteChannel[] = [];
  const open: OpenShell = async (signal) => {
    const channel = await (lineDriver({ loginShell: '/bin/sh', sh }).openShell?.(signal) ?? Promise.reject());
    channels.push(channel);
    return channel;
  };
  const files = new ShellFiles(open);

  test('an upload that is aborted leaves the old content, and nothing else, once it settled', async () => {
    const [here, dir] = [await scratch(), await scratch()];
    await writeFile(join(dir, 'file'), 'old');
    const stop = new AbortController();
    const ended = files.upload(await big(here), join(dir, 'file'), { signal: stop.signal }).catch((error) => error);
    await underWay(dir);
    const reason = new Error('changed my mind');
    stop.abort(reason);
    expect(await ended).toBe(reason);
    expect(await readdir(dir)).toEqual(['file']);
    expect(await readFile(join(dir, 'file'), 'utf8')).toBe('old');
  });

  test.each([
    ['ended', (channel: ByteChannel) => channel.stdin.end()],
    ['cut', (channel: ByteChannel) => [channel.stdin, channel.stdout, channel.stderr].map((stream) => stream.destroy())],
  ])('an upload whose channel is %s leaves the old content, and nothing else', async (_how, cut) => {
    const [here, dir] = [await scratch(), await scratch()];
    await writeFile(join(dir, 'file'), 'old');
    const ended = files.upload(await big(here), join(dir, 'file')).catch((error) => error);
    await underWay(dir);
    for (const channel of channels) cut(channel);
    expect(await ended).toMatchObject({ code: 'EXEC_UNAVAILABLE' });
    await poll('what was sent is gone', 5_000, async () => (await temporaries(dir)).length === 0);
    expect(await readdir(dir)).toEqual(['file']);
    expect(await readFile(join(dir, 'file'), 'utf8')).toBe('old');
  });

  test('an upload whose client is killed leaves the old content, and nothing else', async () => {
    const [here, dir] = [await scratch(), await scratch()];
    await writeFile(join(dir, 'file'), 'old');
    const client = spawn(...transfer(sh, 'upload', await big(here), join(dir, 'file')), { stdio: 'inherit' });
    await underWay(dir);
    client.kill('SIGKILL');
    await poll('what was sent is gone', 5_000, async () => (await temporaries(dir)).length === 0);
    expect(await readFile(join(dir, 'file'), 'utf8')).toBe('old');
  });

  test('256 MiB go up and down, and are never held', async () => {
    const dir = await scratch();
    const file = await big(dir, 256 * MIB);
    const [small] = [await memoryOf(sh, 'upload', '/etc/hostname', join(dir, 'small'))];
    expect((await memoryOf(sh, 'upload', file, join(dir, 'up'))) - small).toBeLessThan(64 * MIB);
    expect((await memoryOf(sh, 'download', join(dir, 'up'), join(dir, 'down'))) - small).toBeLessThan(64 * MIB);
    execFileSync('cmp', [file, join(dir, 'down')]);
  });

  test('an upload does not run ahead of what the target takes', async () => {
    const dir = await scratch();
    let sent = 0;
    const slow: OpenShell = async (signal) => {
      const channel = await open(signal);
      const write = channel.stdin.write.bind(channel.stdin);
      // Nothing of what is sent is ever said to be taken, once it is content.
      channel.stdin.write = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
        if (typeof chunk === 'string') return write(chunk);
        sent += chunk.length;
        return rest.length === 0;
      };
      return channel;
    };
    const stop = new AbortController();
    const ended = new ShellFiles(slow).write(join(dir, 'file'), Buffer.alloc(8 * MIB), { signal: stop.signal }).catch((error) => error);
    await underWay(dir);
    await poll('some was sent', 5_000, () => sent > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent).toBeLessThan(MIB);
    stop.abort(new Error('enough'));
    await ended;
    expect(await readdir(dir)).toEqual([]);
  });

  test('a download whose channel is cut leaves nothing', async () => {
    const [here, dir] = [await scratch(), await scratch()];
    const ended = files.download(await big(here), join(dir, 'file')).catch((error) => error);
    await underWay(dir);
    for (const { stdin, stdout, stderr } of channels) for (const stream of [stdin, stdout, stderr]) stream.destroy();
    expect(await ended).toMatchObject({ code: 'EXEC_UNAVAILABLE' });
    expect(await readdir(dir)).toEqual([]);
  });

  test('a FIFO is waited for by nothing, behind a link neither', async () => {
    const dir = await scratch();
    execFileSync('sh', ['-c', 'mkfifo fifo; ln -s fifo link'], { cwd: dir });
    for (const path of [join(dir, 'fifo'), join(dir, 'link')]) {
      const refused = { code: 'EXEC_INVALID_OPTION', message: expect.stringContaining('is a FIFO, no regular file') };
      await expect(files.read(path)).rejects.toMatchObject(refused);
      await expect(files.download(path, join(dir, 'copy'))).rejects.toMatchObject(refused);
      await expect(files.write(path, 'x')).rejects.toMatchObject(refused);
      await expect(files.upload('/etc/hostname', path)).rejects.toMatchObject(refused);
      expect((await files.stat(path)).type).toBe('other');
    }
    expect((await files.list(dir)).map(({ name, type }) => [name, type])).toEqual([
      ['fifo', 'other'],
      ['link', 'symlink'],
    ]);
    await files.rename(join(dir, 'fifo'), join(dir, 'other'));
    await files.remove(join(dir, 'other'));
    expect(await readdir(dir)).toEqual(['link']);
  });
});

const TRANSFER = `
const [files, line, sh, way, from, to] = process.argv.slice(1);
const { ShellFiles } = await import(files);
const { lineDriver } = await import(line);
const on = new ShellFiles(lineDriver({ loginShell: '/bin/sh', sh }).openShell);
await on[way](from, to);
console.log(process.resourceUsage().maxRSS * 1024);`;

/** A process that carries one file, and then prints the most memory that it had, in bytes. */
function transfer(sh: string, way: 'upload' | 'download', from: string, to: string): [file: string, args: string[]] {
  const sources = ['./shell-files.ts', '../testing/line-driver.ts'].map((file) => new URL(file, import.meta.url).href);
  return [process.execPath, ['--conditions=@errand/source', '--input-type=module', '-e', TRANSFER, ...sources, sh, way, from, to]];
}

async function memoryOf(...given: Parameters<typeof transfer>): Promise<number> {
  const { stdout } = await promisify(execFile)(...transfer(...given));
  return Number(stdout);
}
