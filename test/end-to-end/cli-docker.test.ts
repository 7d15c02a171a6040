import { randomBytes } from 'node:crypto';
import { dockerExecutor } from '@errand/backend-docker';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DockerHost, startDockerHost } from '../docker/docker-host.ts';
import { DockerServer } from '../servers/dockerd.ts';
import { atEnd } from './cli/cleanup.ts';
import { type Home, home } from './cli/config-home.ts';
import type { Ended } from './cli/errand.ts';

describe.skipIf(DockerServer.isSkipped)('errand, in Docker', () => {
  let host: DockerHost;

  beforeAll(async () => {
    host = await startDockerHost(['busybox']);
    atEnd(() => host.stop());
  });

  /** A directory whose errand.yaml has one target in Docker, with these keys. */
  function withTarget(keys: string): Promise<Home> {
    return home(`version: 1\ntargets:\n  ci: { kind: docker, host: "${host.server.host}", pull: never, ${keys} }\n`);
  }

  /** As text. */
  async function said(ended: Promise<Ended>): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await ended;
    return { code, stdout: String(stdout), stderr: String(stderr) };
  }

  test('runs a command in a container of its own, and leaves none', async () => {
    const { run } = await withTarget('mode: exec, image: errand/busybox, limits: { memory: 64MiB, cpus: false }');
    expect(await said(run(['run', '-n', '--', 'id', '-u']))).toMatchObject({ code: 0, stdout: '65534\n', stderr: '' });
    expect(await said(run(['run', '-c', 'cat; exit 3'], 'to the container'))).toMatchObject({ code: 3, stdout: 'to the container' });
    expect(await said(run(['run', '-n', '-c', 'tail /dev/zero']))).toMatchObject({ code: 137 });
    expect(await said(run(['targets']))).toMatchObject({ stdout: expect.stringMatching(/^ci +docker/m) });
    expect(await host.server.api.containers()).toEqual([]);
  });

  test('says what is not there, and what is wrong', async () => {
    const missing = await withTarget('mode: exec, image: errand/none');
    expect(await said(missing.run(['run', '-n', '--', 'id']))).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining("image: 'errand/none'"),
    });
    const wrong = await withTarget('mode: exec, image: a, container: b, limits: { memory: 1KiB, cpus: none }, tmpfs: { tmp: "" }');
    const { code, stderr } = await said(wrong.run(['validate']));
    expect(code).not.toBe(0);
    for (const fault of ['container: stands beside image', 'limits.memory: ', 'limits.cpus: is text', 'tmpfs'])
      expect(stderr).toContain(fault);
  });

  test('doctor --clean removes what killed clients left, each daemon once, and nothing else', async () => {
    const { api, host: daemon } = host.server;
    const make = async (labels: object): Promise<string> => {
      const { Id } = await api.post<{ Id: string }>(`/containers/create?name=errand-${randomBytes(8).toString('hex')}`, {
        Image: 'errand/busybox',
        Labels: labels,
      });
      return Id;
    };
    await using executor = dockerExecutor(host.options());
    await executor.exec(':');
    const [own = ''] = await api.containers();
    const { Config } = await api.get<{ readonly Config: { readonly Labels: Record<string, string> } }>(`/containers/${own}/json`);
    const [place = ''] = (Config.Labels['sh.errand.owner'] ?? '').split(' ');
    const left = await make({ ...Config.Labels, 'sh.errand.owner': `${place} 999999999 5` });
    const stays = [own, await make(Config.Labels), await make({})];
    const name = (await api.get<{ readonly Name: string }>(`/containers/${left}/json`)).Name.slice(1);
    const target = `{ kind: docker, host: "${daemon}", image: errand/busybox }`;
    const { run } = await home(`version: 1\ntargets:\n  a: ${target}\n  b: ${target}\n  c: { kind: local }\n`);
    expect(await said(run(['doctor', '--clean']))).toEqual({
      code: 0,
      stdout: `ok     docker: a, b  removed ${name} (created)\n`,
      stderr: '',
    });
    expect((await api.containers()).toSorted()).toEqual(stays.toSorted());
    expect(await said(run(['doctor', '--clean']))).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing was left') });
    for (const id of stays) await api.remove(id);
    const gone = await home('version: 1\ntargets:\n  a: { kind: docker, host: "unix:///nonexistent.sock", image: a }\n');
    expect(await said(gone.run(['doctor', '--clean']))).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^FAULT {2}docker: a .*Does it run/),
    });
    expect(await said((await home()).run(['doctor', '--clean']))).toMatchObject({
      stderr: expect.stringContaining('there is no errand.yaml'),
    });
  });
});
