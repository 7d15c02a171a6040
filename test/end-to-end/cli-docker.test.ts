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
});
