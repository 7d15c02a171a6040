import { execFile, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import type { ByteChannel } from '../driver.ts';
import { LocalFiles } from '../local/local-files.ts';
import { lineDriver } from '../testing/line-driver.ts';
import { poll } from '../testing/tools/poll.ts';
import type { OpenShell } from './shell-call.ts';
import { ShellFiles } from './shell-files.ts';

const MIB = 1_048_576;
const TREE = { recursive: true } as const;

const channels: ByteChannel[] = [];
const open: OpenShell = async (signal) => {
  const channel = await (lineDriver({ loginShell: '/bin/sh' }).openShell?.(signal) ?? Promise.reject());
  channels.push(channel);
  return channel;
};
const files = new ShellFiles(open);
const local = new LocalFiles(undefined);

async function scratch(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-tree-transfers-')));
  onTestFinished(() => rm(dir, { recursive: true, maxRetries: 5 }));
  return dir;
}

/** A directory with a file in it that takes no block on the disk. */
async function bigTree(bytes = 2 ** 40): Promise<string> {
  const dir = join(await scratch(), 'tree');
  await mkdir(join(dir, 'sub'), { recursive: true });
  await writeFile(join(dir, 'sub/big'), '');
  await truncate(join(dir, 'sub/big'), bytes);
  await writeFile(join(dir, 'small'), 'x');
  return dir;
}

/** Resolves once some of a tree is in its temporary directory. */
function underWay(dir: string): Promise<unknown> {
  return poll('some of it is there', 5_000, async () => {
    const [temporary] = await readdir(dir);
    return temporary !== undefined && (await readdir(join(dir, temporary))).includes('sub');
  });
}

function gone(dir: string): Promise<unknown> {
  return poll('what was sent is gone', 5_000, async () => (await readdir(dir)).length === 0);
}

const ways = [
  ['upload', files],
  ['download', files],
  ['upload on this machine', local],
] as const;

test.each(ways)('%s: one that is aborted leaves nothing, once it settled', async (way, on) => {
  const [from, dir] = [await bigTree(), await scratch()];
  const stop = new AbortController();
  const options = { ...TREE, signal: stop.signal };
  const ended = on[way === 'download' ? way : 'upload'](from, join(dir, 'tree'), options).catch((error) => error);
  await underWay(dir);
  const reason = new Error('changed my mind');
  stop.abort(reason);
  expect(String(await ended)).toContain(reason.message);
  expect(await readdir(dir)).toEqual([]);
});

test.each([
  ['upload', 'ended', (channel: ByteChannel) => channel.stdin.end()],
  ['upload', 'cut', cut],
  ['download', 'cut', cut],
] as const)('%s: one whose channel is %s leaves nothing', async (way, _how, end) => {
  const [from, dir] = [await bigTree(), await scratch()];
  const ended = files[way](from, join(dir, 'tree'), TREE).catch((error) => error);
  await underWay(dir);
  for (const channel of channels) end(channel);
  expect(await ended).toMatchObject({ code: 'EXEC_UNAVAILABLE' });
  await gone(dir);
});

function cut({ stdin, stdout, stderr }: ByteChannel): void {
  for (const stream of [stdin, stdout, stderr]) stream.destroy();
}

test('an upload that is cut between two files is not whole, though its tar is content', async () => {
  const [from, dir] = [await scratch(), await scratch()];
  await writeFile(join(from, 'a'), 'x'.repeat(700_000));
  await writeFile(join(from, 'b'), 'x');
  let blocks = 0;
  const half: OpenShell = async (signal) => {
    const channel = await open(signal);
    const write = channel.stdin.write.bind(channel.stdin) as (...given: unknown[]) => boolean;
    channel.stdin.write = (chunk: unknown, ...rest: unknown[]): boolean => {
      if (typeof chunk === 'string') return write(chunk, ...rest);
      // Up to where the first file ends: directory, header and content, in whole blocks.
      const left = 512 + 512 + 700_416 - 262_144 * blocks++;
      if (left <= 0) return true;
      const sent = write(Buffer.from((chunk as Uint8Array).subarray(0, left)), ...rest);
      if (left <= 262_144) channel.stdin.end();
      return sent;
    };
    return channel;
  };
  await expect(new ShellFiles(half).upload(from, join(dir, 'tree'), TREE)).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
  await gone(dir);
});

test('an upload whose client is killed leaves nothing', async () => {
  const [from, dir] = [await bigTree(), await scratch()];
  const client = spawn(...transfer('upload', from, join(dir, 'tree')), { stdio: 'inherit' });
  await underWay(dir);
  client.kill('SIGKILL');
  await gone(dir);
});

test('256 MiB in a tree go up and down, and are never held', async () => {
  const [small, big, dir] = [await bigTree(1), await bigTree(256 * MIB), await scratch()];
  const base = await memoryOf('upload', small, join(dir, 'small'));
  expect((await memoryOf('upload', big, join(dir, 'up'))) - base).toBeLessThan(64 * MIB);
  expect((await memoryOf('download', join(dir, 'up'), join(dir, 'down'))) - base).toBeLessThan(64 * MIB);
  await promisify(execFile)('diff', ['-r', big, join(dir, 'down')]);
});

test.each([
  ['upload', files],
  ['upload on this machine', local],
] as const)('%s: a file that changes while it is read fails it', async (_way, on) => {
  const [from, dir] = [await bigTree(64 * MIB), await scratch()];
  // At any moment, so also at one at which it is read.
  const changing = setInterval(() => appendFileSync(join(from, 'sub/big'), 'more'), 1);
  const ended = await on.upload(from, join(dir, 'tree'), TREE).catch((error) => error);
  clearInterval(changing);
  expect(ended).toMatchObject({
    code: 'EXEC_UNAVAILABLE',
    message: expect.stringContaining('changed while it was read'),
    detail: { what: 'file', name: join(from, 'sub/big') },
  });
  expect(await readdir(dir)).toEqual([]);
});

const TRANSFER = `
const [files, line, way, from, to] = process.argv.slice(1);
const { ShellFiles } = await import(files);
const { lineDriver } = await import(line);
const on = new ShellFiles(lineDriver({ loginShell: '/bin/sh' }).openShell);
await on[way](from, to, { recursive: true });
console.log(process.resourceUsage().maxRSS * 1024);`;

/** A process that carries one tree, and then prints the most memory that it had, in bytes. */
function transfer(way: 'upload' | 'download', from: string, to: string): [file: string, args: string[]] {
  const sources = ['./shell-files.ts', '../testing/line-driver.ts'].map((file) => new URL(file, import.meta.url).href);
  return [process.execPath, ['--conditions=@errand/source', '--input-type=module', '-e', TRANSFER, ...sources, way, from, to]];
}

async function memoryOf(...given: Parameters<typeof transfer>): Promise<number> {
  const { stdout } = await promisify(execFile)(...transfer(...given));
  return Number(stdout);
}

test('a directory is not copied into itself, where the target is this machine', async () => {
  const dir = await scratch();
  await mkdir(join(dir, 'sub'));
  await writeFile(join(dir, 'sub', 'file'), 'inside');
  const refused = (option: string) => ({
    code: 'EXEC_INVALID_OPTION',
    detail: { option },
    message: expect.stringContaining('holds the place'),
  });
  await expect(files.upload(dir, join(dir, 'sub/up'), TREE)).rejects.toMatchObject(refused('localPath'));
  await expect(files.download(dir, join(dir, 'sub/down'), TREE)).rejects.toMatchObject(refused('path'));
  await expect(files.upload(join(dir, 'sub'), dir, TREE)).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
  expect(await readdir(dir, { recursive: true })).toEqual(['sub', 'sub/file']);
});
