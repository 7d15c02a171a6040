import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sshExecutor } from '@errand/backend-ssh';
import type { Executor } from '@errand/core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { TcpProxy } from '../servers/tcp-proxy.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

const FIXTURE = fileURLToPath(new URL('./close-in-the-dark.fixture.ts', import.meta.url));

describe.skipIf(SshServer.isSkipped)('a network on which nothing comes through any more', () => {
  let host: SshHost;
  let proxy: TcpProxy;
  let scratch: string;
  let executor: Executor;

  beforeAll(async () => {
    host = await startSshHost(['dash']);
    proxy = await TcpProxy.start(host.server.port);
    scratch = await mkdtemp(join(tmpdir(), 'errand-half-open-'));
    executor = sshExecutor({ ...host.options(), port: proxy.port, lifelineMs: 11_000 });
  });

  afterEach(async () => {
    proxy.cut();
    await executor?.close();
  });

  afterAll(async () => {
    await proxy?.stop();
    await host?.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  /** Longer than any of this takes, and of no size on the disk. */
  async function endless(path: string): Promise<string> {
    await writeFile(path, '', { mode: 0o644 });
    await truncate(path, 2 ** 40);
    return path;
  }

  test('leaves nothing on the host of transfers, directories and what reads a detached command', async () => {
    const { home } = host.accounts.of('dash');
    const here = await endless(join(scratch, 'here'));
    await mkdir(join(scratch, 'tree'));
    await endless(join(scratch, 'tree', 'file'));
    await executor.exec('mkdir tree && truncate -s 1T there tree/file');
    const detached = executor.spawn('echo on; sleep 15; echo over', { detached: true, keepMs: 1_000 });
    await detached[Symbol.asyncIterator]().next();
    const ends = Promise.allSettled([
      executor.files.upload(here, `${home}/up`),
      executor.files.upload(join(scratch, 'tree'), `${home}/up-tree`, { recursive: true }),
      executor.files.download(`${home}/there`, join(scratch, 'down')),
      executor.files.download(`${home}/tree`, join(scratch, 'down-tree'), { recursive: true }),
      detached.result,
    ]);
    const underWay = async (directory: string): Promise<number> =>
      (await readdir(directory)).filter((name) => name.startsWith('.errand-')).length;
    // What comes down has a place before its shell is opened; in the dark that would be opened again, and go on without an end.
    const comesDown = async (): Promise<boolean> =>
      (await readdir(scratch, { recursive: true })).some((name) => /^\.errand-.*file$/.test(name));
    // A shell that was opened and not fed yet is nobody's.
    const allAre = async (): Promise<boolean> => (await underWay(home)) === 2 && (await underWay(scratch)) === 2 && (await comesDown());
    await vi.waitUntil(allAre, { timeout: 20_000 });
    proxy.hold();
    // Its server still waits for us, and would for hours.
    await vi.waitUntil(() => host.server.commands().length === 0, { timeout: 60_000, interval: 200 });
    expect(host.server.connections()).not.toEqual([]);
    proxy.cut();
    await ends;
    expect((await executor.exec('ls -A')).stdout.text.split('\n').filter((name) => /up|errand-/.test(name))).toEqual([]);
  }, 120_000);

  test('does not keep an executor from closing, with all that it had open, nor Node from exiting', async () => {
    const big = await endless(join(scratch, 'big'));
    const options = JSON.stringify({ ...host.options(), port: proxy.port, lifelineMs: 11_000, maxConnections: 4 });
    const child = spawn(process.execPath, ['--conditions=@errand/source', FIXTURE, options, big], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    let said = '';
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
    });
    await vi.waitUntil(() => said === 'ready\n', { timeout: 20_000 });
    proxy.hold();
    child.stdin.write('close\n');
    // For ever, as it were: it takes some 4 s.
    const late = setTimeout(() => child.kill('SIGKILL'), 25_000);
    expect(await exited).toEqual([0, null]);
    clearTimeout(late);
    expect(said).toBe('ready\ncancelled cancelled cancelled EXEC_CLOSED\n');
    proxy.cut();
    await vi.waitUntil(() => host.server.commands().length === 0, { timeout: 60_000, interval: 200 });
  }, 120_000);
});
