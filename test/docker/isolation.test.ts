import { randomInt } from 'node:crypto';
import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import type { Executor } from '@errand/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

const PATIENCE = { timeout: 25_000 };
const MIB = 2 ** 20;

describe.skipIf(DockerServer.isSkipped)('a command that wants out', () => {
  let host: DockerHost;
  beforeAll(async () => {
    host = await startDockerHost(['hostile']);
  });
  afterAll(() => host?.stop());

  const modes = ['exec', 'container'] as const;
  function make(mode: 'exec' | 'container', options: Partial<DockerExecutorOptions> = {}): Executor {
    return dockerExecutor({ ...host.options(), mode, ...options });
  }

  async function said(executor: Executor, command: string): Promise<string> {
    const { stdout, stderr } = await executor.exec(command);
    return `${stdout.text}${stderr.text}`.trim();
  }

  it.each(modes)('gains nothing by a set-user-ID program (mode %s), which is root where newPrivileges says so', async (mode) => {
    await using executor = make(mode);
    expect(await said(executor, 'become')).toBe('65534');
    await using relaxed = make(mode, { newPrivileges: true });
    expect(await said(relaxed, 'become')).toBe('0');
  });

  it.each(modes)('cannot write to the kernel, nor reach what is mounted outside (mode %s)', async (mode) => {
    await using executor = make(mode);
    const places =
      '/proc/sys/kernel/hostname /proc/sysrq-trigger /proc/1/oom_score_adj /sys/fs/cgroup/x /sys/kernel/x /dev/x /run/x /x /bin/x';
    expect(await said(executor, `for i in ${places}; do (echo x >$i) 2>/dev/null && echo $i; done`)).toBe('');
    const ways = [
      // A command's own container has a guard of the command's account, whose root is the container's.
      ...(mode === 'exec' ? ['ls /proc/1/root/'] : []),
      'mount -t tmpfs none /tmp',
      'umount /proc',
      'mknod /tmp/disk b 8 0',
      'chroot / /bin/true',
      'unshare -Ur true',
      'nsenter -t 1 -m true',
      'head -c 1 /proc/kcore | grep -q .',
      'dmesg',
      'hostname other',
      'ping -c 1 -W 1 192.0.2.1',
      'wget -q -T 1 -O - http://192.0.2.1/',
    ];
    const { stdout } = await executor.exec(ways.map((way) => `(${way}) >/dev/null 2>&1 && echo '${way}'`).join('\n'));
    expect(stdout.text).toBe('');
    expect(await said(executor, 'ls /sys/class/net')).toBe('lo');
  });

  it.each(modes)('has its own memory where its image has a volume, and leaves none (mode %s)', async (mode) => {
    const { api } = host.server;
    const volumes = async (): Promise<unknown> => (await api.get<{ readonly Volumes: unknown[] | null }>('/volumes')).Volumes ?? [];
    const look = 'ls /data; echo x >/data/x && grep " /data " /proc/mounts | cut -d" " -f3';
    const executor = make(mode);
    expect(await said(executor, look)).toBe('tmpfs');
    const relaxed = make(mode, { readOnlyRoot: false });
    expect(await said(relaxed, look)).toMatch(/^kept\n(?!tmpfs)/);
    await Promise.all([executor.close(), relaxed.close()]);
    expect(await volumes()).toEqual([]);
  });

  it.each(modes)('has no company of what its image runs to see how it does (mode %s)', async (mode) => {
    await using executor = make(mode);
    const execution = executor.spawn('echo on; sleep 2; ls /tmp');
    for await (const _chunk of execution) break;
    const [id = ''] = await host.server.api.containers();
    const { State } = await host.server.api.get<{ readonly State: object }>(`/containers/${id}/json`);
    expect(State).not.toHaveProperty('Health');
    expect((await execution.result).stdout.text).toBe('on\n');
  });

  it.each(modes)('forks without end and is ended, and the next command works (mode %s)', async (mode) => {
    await using executor = make(mode, { limits: { processes: 64 } });
    await executor.exec(':');
    const bomb = 'bomb() { bomb | bomb & }; bomb; sleep 60';
    const { outcome } = await executor.exec(bomb, { timeoutMs: 2_000, killGraceMs: 1_000 });
    expect(outcome).toBe('timed-out');
    await expect.poll(async () => said(executor, 'echo next').catch(String), PATIENCE).toBe('next');
    await expect.poll(async () => said(executor, 'ls -d /proc/[0-9]* | wc -l').then(Number), PATIENCE).toBeLessThan(16);
  });

  it.each(modes)('fills all the disk that it has, and nobody else has less (mode %s)', async (mode) => {
    await using executor = make(mode);
    await using other = make(mode);
    const [filled, beside] = await Promise.all([
      executor.exec('dd if=/dev/zero of=/tmp/full bs=1M; wc -c </tmp/full; echo more >/tmp/more'),
      other.exec('sleep 0.5; head -c 10m /dev/zero >/tmp/some; wc -c </tmp/some'),
    ]);
    expect(filled.stdout.text).toBe(`${256 * MIB}\n`);
    expect(filled.stderr.text).toContain('No space left');
    expect(beside.stdout.text).toBe(`${10 * MIB}\n`);
    expect(await said(executor, 'rm -f /tmp/full; echo next >/tmp/next; cat /tmp/next')).toBe('next');
  });

  it.each(modes)('sees no file and no process of another, and cannot end one (mode %s)', async (mode) => {
    await using one = make(mode);
    await using another = make(mode);
    const sleep = `sleep ${randomInt(1e8, 1e9)}`;
    const execution = one.spawn(`echo secret >/tmp/secret; echo on; ${sleep}; echo over`);
    for await (const _chunk of execution) break;
    expect(
      await said(
        another,
        `cat /tmp/secret 2>/dev/null; ls -A /dev/shm; ls -A /tmp; ps -A -o args | grep '[s]leep ${sleep.slice(6)}'; kill -9 -1`,
      ),
    ).toBe('');
    expect(execution.state).toBe('running');
    await execution.kill();
  });
});
