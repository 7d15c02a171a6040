import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { dockerExecutor } from '@errand/backend-docker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

const PATIENCE = { timeout: 25_000 };

describe.skipIf(DockerServer.isSkipped)('a container of the executor', () => {
  let host: DockerHost;
  beforeAll(async () => {
    host = await startDockerHost(['busybox', 'no-shell']);
  });
  afterAll(() => host.stop());

  async function text(command: string, options: object = {}): Promise<string> {
    await using executor = dockerExecutor({ ...host.options(), ...options });
    const { stdout, stderr } = await executor.exec(command);
    return `${stdout.text}${stderr.text}`.trim();
  }

  it('is made by the first command, shared by those that follow, and gone after close()', async () => {
    const executor = dockerExecutor(host.options());
    expect(await host.server.api.containers()).toEqual([]);
    await Promise.all([executor.exec('echo one >/tmp/one'), executor.exec('echo two >/tmp/two')]);
    expect(await host.server.api.containers()).toHaveLength(1);
    expect((await executor.exec('cat /tmp/one /tmp/two')).stdout.text).toBe('one\ntwo\n');
    await executor.close();
    expect(await host.server.api.containers()).toEqual([]);
  });

  it('is not made by an executor that runs nothing', async () => {
    await dockerExecutor(host.options()).close();
    expect(await host.server.api.containers()).toEqual([]);
  });

  it.each([
    ['has no capabilities', 'grep -E "Cap(Prm|Eff|Bnd)" /proc/self/status | tr -d "A-Za-z:\\t\\n0"', ''],
    ['gains no privileges', 'grep NoNewPrivs /proc/self/status | tr -d "\\t"', 'NoNewPrivs:1'],
    ['is nobody', 'id -u; id -g', '65534\n65534'],
    [
      'cannot write outside of /tmp',
      'echo x 2>&1 >/etc/x || echo x >/tmp/x && cat /tmp/x',
      expect.stringMatching(/Read-only file system\nx$/),
    ],
    ['has no network', 'ls /sys/class/net; ping -c 1 -W 1 192.0.2.1 2>&1 | tail -n 1', expect.stringMatching(/^lo\n/)],
    ['has an init', 'tr "\\0" " " </proc/1/cmdline', expect.stringContaining('docker-init')],
    ['sees no process of the machine', 'ls -d /proc/[0-9]* | wc -l | { read n; [ $n -lt 20 ] && echo few; }', 'few'],
    ['sees no device of the machine', 'ls /dev | grep -cE "^(sd|vd|nvme|loop|mem|kmsg)"', '0'],
  ])('%s', async (_what, command, expected) => {
    expect(await text(command)).toEqual(expected);
  });

  it.each([
    [{ capabilities: ['CHOWN'], user: '0:0' }, 'grep CapEff /proc/self/status | tr -d "\\t"', 'CapEff:0000000000000001'],
    [{ newPrivileges: true }, 'grep NoNewPrivs /proc/self/status | tr -d "\\t"', 'NoNewPrivs:0'],
    [{ readOnlyRoot: false, user: 'root' }, 'echo x >/etc/x && cat /etc/x', 'x'],
    [{ init: false }, 'tr "\\0" " " </proc/1/cmdline', '/bin/sh -c read -r line'],
    [
      { tmpfs: { '/work': 'mode=1777,size=1m' } },
      'echo y >/work/y && cat /work/y; df -k /work | tail -n 1 | tr -s " " | cut -d" " -f2',
      'y\n1024',
    ],
    [
      { mounts: [{ source: '/etc', target: '/mnt' }] },
      '[ -e /mnt/passwd ] && echo there; touch /mnt/x 2>&1 | tail -n 1',
      expect.stringMatching(/^there\n.*(Read-only|denied)/),
    ],
  ])('is relaxed by %j, and by nothing else', async (options, command, expected) => {
    expect(await text(command, options)).toEqual(expected);
  });

  it('bounds how many processes there are', async () => {
    const forks = 'i=0; while [ $i -lt 60 ]; do sleep 5 & i=$((i+1)); done; echo all; kill $(jobs -p)';
    expect(await text(forks, { limits: { processes: 40 } })).toMatch(/can't fork/);
  });

  it('tells a command that used too much memory from one that was killed, and goes on', async () => {
    await using executor = dockerExecutor({ ...host.options(), limits: { memoryBytes: 64 * 2 ** 20 } });
    expect((await executor.exec('kill -9 $$')).outcome).toBe('exited');
    expect((await executor.exec('tail /dev/zero')).outcome).toBe('out-of-memory');
    const { outcome, exitCode } = await executor.exec('kill -9 $$');
    expect({ outcome, exitCode }).toEqual({ outcome: 'exited', exitCode: 137 });
  });

  it('survives a command that kills all it can', async () => {
    await using executor = dockerExecutor(host.options());
    await executor.exec('touch /tmp/kept');
    await executor.exec('kill -9 -1');
    expect((await executor.exec('ls /tmp/kept')).stdout.text).toBe('/tmp/kept\n');
  });

  it('shows no variable and no stdin to who inspects it', async () => {
    await using executor = dockerExecutor(host.options());
    const execution = executor.spawn('echo on; exec sleep 60', { env: { TOKEN: 'secret-7c1' }, stdin: 'secret-7c2' });
    for await (const _chunk of execution) break;
    const [id = ''] = await host.server.api.containers();
    const container = await host.server.api.get<{ readonly ExecIDs: string[] }>(`/containers/${id}/json`);
    const execs = await Promise.all(container.ExecIDs.map((exec) => host.server.api.get(`/exec/${exec}/json`)));
    expect(execs.length).toBeGreaterThan(1);
    expect(JSON.stringify([container, execs])).not.toContain('secret-7c');
    await execution.kill();
  });

  it('is removed by the daemon when its client is killed', async () => {
    const fixture = resolve('test/docker/holding-client.fixture.ts');
    const args = ['--conditions=@errand/source', fixture, host.server.host, 'errand/busybox'];
    const client = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(client.stdout, 'data');
    expect(await host.server.api.containers()).toHaveLength(1);
    client.kill('SIGKILL');
    await once(client, 'exit');
    await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
  });

  it('that a killed client left is removed by the next one, and nothing else is', async () => {
    const { api } = host.server;
    const make = async (labels: object, name = `errand-${randomBytes(8).toString('hex')}`): Promise<string> => {
      const { Id } = await api.post<{ Id: string }>(`/containers/create?name=${name}`, { Image: 'errand/busybox', Labels: labels });
      return Id;
    };
    await using executor = dockerExecutor(host.options());
    await executor.exec(':');
    const [own = ''] = await api.containers();
    const { Config } = await api.get<{ readonly Config: { readonly Labels: Record<string, string> } }>(`/containers/${own}/json`);
    const { 'sh.errand.owner': owner = '' } = Config.Labels;
    const [place = ''] = owner.split(' ');
    const dead = { ...Config.Labels, 'sh.errand.owner': `${place} 999999999 5` };
    const left = await make(dead);
    const expired = await make({ 'sh.errand.owner': 'elsewhere 1 5', 'sh.errand.expires': '1000' });
    const stays = [await make(Config.Labels), await make({ ...Config.Labels, 'sh.errand.owner': 'elsewhere 1 5' }), await make({})];
    // As of an image that somebody made of a container of ours.
    stays.push(await make(dead, 'errand-of-mine'));
    await using next = dockerExecutor(host.options());
    await next.exec(':');
    const there = await api.containers();
    expect(there).not.toContain(left);
    expect(there).not.toContain(expired);
    expect(there).toEqual(expect.arrayContaining([own, ...stays]));
    for (const id of stays) await api.remove(id);
  });

  it('cannot be of an image that is not there, or has no shell', async () => {
    await using missing = dockerExecutor({ ...host.options(), image: 'errand/no-such-image' });
    await expect(missing.exec(':')).rejects.toMatchObject({
      code: 'EXEC_NOT_FOUND',
      detail: { what: 'image', name: 'errand/no-such-image' },
    });
    await using shellless = dockerExecutor(host.options('no-shell'));
    await expect(shellless.exec(['/bin/say', 'x'])).rejects.toMatchObject({ code: 'EXEC_NOT_SUPPORTED' });
    expect(await host.server.api.containers()).toEqual([]);
  });

  it('keeps no detached executions, and says why', async () => {
    await using executor = dockerExecutor(host.options());
    await expect(executor.exec(':', { detached: true })).rejects.toThrow(/the container ends with this executor; name one that lasts/);
  });
});
