import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SshExecutor, sshExecutor } from '@errand/backend-ssh';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

/** More than the disk has. */
const BYTES = 1_000_000;

describe.skipIf(SshServer.isSkipped)('a host whose disk is full', () => {
  let disk: string;
  let host: SshHost;
  let executor: SshExecutor;

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'errand-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
    await chmod(disk, 0o1777);
    host = await startSshHost(['dash'], [`SetEnv XDG_STATE_HOME=${disk}/state`]);
  });

  beforeEach(() => {
    executor = sshExecutor(host.options());
  });

  afterEach(() => executor.close());

  afterAll(async () => {
    await host?.stop();
    execFileSync('umount', ['-l', disk]);
    await rm(disk, { recursive: true });
  });

  test('says so of a file that does not fit, and has no part of it; the one that was there stays', async () => {
    const path = join(disk, 'file');
    await executor.files.write(path, 'before');
    const full = { code: expect.stringMatching(/^EXEC_/), message: expect.stringMatching(/no space is left/) };
    await expect(executor.files.write(path, Buffer.alloc(BYTES))).rejects.toMatchObject(full);
    const local = await mkdtemp(join(tmpdir(), 'errand-upload-'));
    try {
      await writeFile(join(local, 'big'), '');
      await truncate(join(local, 'big'), BYTES);
      await expect(executor.files.upload(join(local, 'big'), path)).rejects.toMatchObject(full);
      await chmod(local, 0o755);
      await expect(executor.files.upload(local, join(disk, 'tree'), { recursive: true })).rejects.toMatchObject(full);
    } finally {
      await rm(local, { recursive: true });
    }
    expect((await readdir(disk)).filter((name) => name !== 'state')).toEqual(['file']);
    expect(Buffer.from(await executor.files.read(path)).toString()).toBe('before');
    await executor.files.remove(path);
  });

  test('refuses detached commands, runs others, and takes detached ones again when there is room', async () => {
    const filler = join(disk, 'filler');
    expect((await executor.exec(`dd if=/dev/zero of=${filler} bs=4096; ls ${disk}`)).outcome).toBe('exited');
    const options = { detached: true, keepMs: 1 } as const;
    const refused = { code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('state directory') };
    await expect(executor.exec('echo on', options)).rejects.toMatchObject(refused);
    await using session = await executor.openSession();
    expect((await session.exec('echo on')).stdout.text).toBe('on\n');
    await executor.files.remove(filler);
    expect((await executor.exec('echo on', options)).stdout.text).toBe('on\n');
  });
});
