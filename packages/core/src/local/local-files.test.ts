import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, open, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { LocalFiles } from './local-files.ts';

const files = new LocalFiles(undefined);

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-files-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

test.skipIf(process.platform !== 'linux')('files of /proc are read whole, though their size is told as 0', async () => {
  const read = Buffer.from(await files.read('/proc/self/status')).toString();
  expect(read).toContain(`Pid:\t${process.pid}\n`);
  await expect(files.read('/proc/self/status', { maxBytes: 100 })).rejects.toMatchObject({ code: 'EXEC_OUTPUT_OMITTED' });
});

const ONLINE = '/sys/devices/system/cpu/online';

test.skipIf(!existsSync(ONLINE))('files of /sys are read whole, though their size is told as that of a page', async () => {
  expect((await stat(ONLINE)).size).toBeGreaterThan(1_000);
  expect(Buffer.from(await files.read(ONLINE, { maxBytes: 1_000 })).toString()).toMatch(/^[0-9,-]+\n$/);
});

test('of a file that is longer than maxBytes no more than that is read', async () => {
  const file = join(await scratch(), 'big');
  await writeFile(file, '');
  await truncate(file, 2 ** 40);
  await expect(files.read(file, { maxBytes: 1_000 })).rejects.toMatchObject({ code: 'EXEC_OUTPUT_OMITTED' });
});

test.for([0, 1, 65_535, 65_536, 65_537, 1_048_577, 3_000_000])('%i bytes are read exactly, up to maxBytes', async (bytes) => {
  const file = join(await scratch(), 'file');
  const content = Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 7) % 251));
  await writeFile(file, content);
  expect(content.equals(await files.read(file, { maxBytes: bytes }))).toBe(true);
  if (bytes > 0) await expect(files.read(file, { maxBytes: bytes - 1 })).rejects.toMatchObject({ code: 'EXEC_OUTPUT_OMITTED' });
});

const READ_IN_CHILD = `
const { LocalFiles } = await import(process.argv[1]);
await new LocalFiles(undefined).read(process.argv[2], { maxBytes: 1e9 });
console.log(process.resourceUsage().maxRSS * 1024);`;

test('what is read is held once', async () => {
  const file = join(await scratch(), 'file');
  const bytes = 192 * 1_048_576;
  await writeFile(file, '');
  await truncate(file, bytes);
  const source = new URL('./local-files.ts', import.meta.url).href;
  const args = ['--conditions=@errand/source', '--input-type=module', '-e', READ_IN_CHILD, source, file];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(Number(stdout)).toBeGreaterThan(bytes);
  expect(Number(stdout)).toBeLessThan(1.75 * bytes);
});

test('a FIFO, a socket or a directory is no source of an upload', async () => {
  const dir = await scratch();
  await promisify(execFile)('mkfifo', [join(dir, 'fifo')]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(dir, 'socket'), resolve));
  onTestFinished(() => void server.close());
  for (const [source, kind] of [
    ['fifo', 'a FIFO'],
    ['socket', 'a socket'],
    ['.', 'a directory'],
  ] as const) {
    const wrong = `localPath: '${join(dir, source)}' is ${kind}, no regular file. Allowed: a regular file`;
    await expect(files.upload(join(dir, source), join(dir, 'copy'))).rejects.toThrow(wrong);
  }
  expect((await readdir(dir)).sort()).toEqual(['fifo', 'socket']);
});

test('a download goes through a symbolic link on this machine', async () => {
  const dir = await scratch();
  await writeFile(join(dir, 'from'), 'new');
  await writeFile(join(dir, 'to'), 'old');
  await symlink('to', join(dir, 'link'));
  await files.download(join(dir, 'from'), join(dir, 'link'));
  expect(await readFile(join(dir, 'to'), 'utf8')).toBe('new');
  expect((await readdir(dir)).sort()).toEqual(['from', 'link', 'to']);
});

test.skipIf(process.getuid?.() !== 0)('a file that is replaced keeps its owner', async () => {
  const file = join(await scratch(), 'file');
  await writeFile(file, 'old');
  await chown(file, 12_345, 54_321);
  await files.write(file, 'new');
  expect(await stat(file)).toMatchObject({ uid: 12_345, gid: 54_321 });
});

test('a private file is private while it is replaced, and an abort leaves the old one alone', async () => {
  const dir = await scratch();
  const [big, file] = [join(dir, 'big'), join(dir, 'file')];
  await (await open(big, 'w')).close();
  await truncate(big, 2 ** 31);
  await writeFile(file, 'old', { mode: 0o600 });
  const controller = new AbortController();
  const upload = files.upload(big, file, { signal: controller.signal });
  upload.catch(() => undefined);
  const beside = async (): Promise<string[]> => (await readdir(dir)).filter((name) => name !== 'big' && name !== 'file');
  await poll('The new content should be there', 5_000, async () => (await beside()).length === 1);
  const [temporary = ''] = await beside();
  expect((await stat(join(dir, temporary))).mode & 0o777).toBe(0o600);
  controller.abort(new Error('enough'));
  await expect(upload).rejects.toThrow('enough');
  expect(await beside()).toEqual([]);
  expect(await readFile(file, 'utf8')).toBe('old');
});
