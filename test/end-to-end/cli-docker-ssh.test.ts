import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DockerHost, startDockerHost } from '../docker/docker-host.ts';
import { DockerServer } from '../servers/dockerd.ts';
import { programPath } from '../servers/programs.ts';
import { SshServer } from '../servers/sshd.ts';
import { atEnd } from './cli/cleanup.ts';
import { type Home, home } from './cli/config-home.ts';
import type { Ended } from './cli/errand.ts';

describe.skipIf(DockerServer.isSkipped || SshServer.isSkipped)('errand, in Docker behind SSH', () => {
  let host: DockerHost;
  let open: SshServer;
  let closed: SshServer;

  beforeAll(async () => {
    host = await startDockerHost(['busybox']);
    atEnd(() => host.stop());
    open = await SshServer.start();
    atEnd(() => open.stop());
    closed = await SshServer.start(['AllowStreamLocalForwarding no']);
    atEnd(() => closed.stop());
  });

  /** A directory with an OpenSSH configuration that alone knows what `box` is, and an errand.yaml whose target has these keys. */
  async function withTarget(ssh: SshServer, keys: string): Promise<Home> {
    const target = `{ kind: docker, image: errand/busybox, pull: never, sshConfigFile: ssh_config, ${keys} }`;
    const own = await home(`version: 1\ntargets:\n  ci: ${target}\n`);
    const known = join(own.directory, 'known_hosts');
    await writeFile(known, ssh.hostKeys.map(({ publicKey }) => `[127.0.0.1]:${ssh.port} ${publicKey}\n`).join(''));
    // The account that may use the socket.
    await writeFile(
      join(own.directory, 'ssh_config'),
      `Host box\n  HostName 127.0.0.1\n  Port ${ssh.port}\n  User root\n  IdentityFile ${ssh.clientKey.path}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${known}\n`,
    );
    return own;
  }

  /** As text. */
  async function said(ended: Promise<Ended>): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await ended;
    return { code, stdout: String(stdout), stderr: String(stderr) };
  }

  const address = (): string => `ssh://box${host.server.socketPath}`;

  test('runs a command in a container there, whose stdin ends, and leaves none', async () => {
    const { run } = await withTarget(open, `host: "${address()}"`);
    expect(await said(run(['run', '-c', 'cat; exit 3'], 'to the container'))).toEqual({ code: 3, stdout: 'to the container', stderr: '' });
    await expect.poll(() => host.server.api.containers(), { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => open.connections(), { timeout: 20_000 }).toEqual([]);
  });

  test('does so where DOCKER_HOST says it', async () => {
    const { run } = await withTarget(open, 'mode: exec');
    const ended = run(['run', '-n', '-c', 'seq 1 20000 | wc -c'], '', { DOCKER_HOST: address() });
    expect(await said(ended)).toEqual({ code: 0, stdout: '108894\n', stderr: '' });
  });

  test.skipIf(!programPath('docker'))(
    'goes through the docker CLI there, where sshd opens no stream to a socket',
    async () => {
      const { run } = await withTarget(closed, `host: "${address()}"`);
      expect(await said(run(['run', '-c', 'cat; exit 3'], 'to the container'))).toEqual({
        code: 3,
        stdout: 'to the container',
        stderr: '',
      });
      await expect.poll(() => host.server.api.containers(), { timeout: 20_000 }).toEqual([]);
    },
    60_000,
  );

  test('says why there is no way', async () => {
    const nowhere = await withTarget(closed, 'host: "ssh://box/nonexistent/docker.sock"');
    const { code, stderr } = await said(nowhere.run(['run', '-n', '--', 'id']));
    expect(code).toBe(255);
    expect(stderr).toMatch(/opened no connection to \/nonexistent\/docker\.sock: .*dial-stdio there: .*docker/s);
    const unknown = await withTarget(open, 'host: "ssh://"');
    expect((await said(unknown.run(['run', '-n', '--', 'id']))).stderr).toContain('ssh://web1');
  });
});
