import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificate } from '../servers/certificates.ts';
import { DockerServer } from '../servers/dockerd.ts';
import { isSkipped, programPath } from '../servers/programs.ts';
import { freePort } from '../servers/server-process.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

const isLeftOut = DockerServer.isSkipped || isSkipped(programPath('openssl'), 'daemons of Docker with TLS', 'openssl');

describe.skipIf(isLeftOut)('a daemon with TLS', () => {
  let host: DockerHost;
  let directory: string;
  let port: number;
  let client: string;
  let other: string;
  const below = (name: string): string => join(directory, name);
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'errand-tls-'));
    const authority = makeAuthority(below('authority'));
    client = makeCertificate(authority, below('client'), 'clientAuth');
    other = makeCertificate(makeAuthority(below('another')), below('other'), 'clientAuth');
    const server = makeCertificate(authority, below('server'), 'serverAuth');
    port = await freePort();
    host = await startDockerHost(['busybox']);
    await host.server.shutDown();
    await host.server.start({ tls: { port, directory: server } });
  });
  afterAll(async () => {
    await host?.stop();
    rmSync(directory, { recursive: true });
  });

  function through(tlsDirectory: string | undefined): DockerExecutorOptions {
    return { ...host.options(), host: `tcp://127.0.0.1:${port}`, ...(tlsDirectory !== undefined && { tlsDirectory }) };
  }

  it.each(['exec', 'container'] as const)('runs commands of who has its certificate, whose stdin ends (mode %s)', async (mode) => {
    await using executor = dockerExecutor({ ...through(client), mode });
    const { stdout, exitCode } = await executor.exec('cat; exit 3', { stdin: 'over TLS' });
    expect([stdout.text, exitCode]).toEqual(['over TLS', 3]);
    const much = await executor.exec('head -c 10000000 /dev/zero');
    expect(much.stdout.totalBytes).toBe(10_000_000);
  });

  it('is not believed where another CA is to have signed it', async () => {
    await using executor = dockerExecutor(through(other));
    await expect(executor.exec(':')).rejects.toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringMatching(/certificate/) });
  });

  it('refuses who is of another CA, and who speaks no TLS', async () => {
    const mixed = below('mixed');
    cpSync(other, mixed, { recursive: true });
    cpSync(join(client, 'ca.pem'), join(mixed, 'ca.pem'));
    await using stranger = dockerExecutor(through(mixed));
    await expect(stranger.exec(':')).rejects.toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringMatching(/certificate|alert/) });
    await using plain = dockerExecutor(through(undefined));
    await expect(plain.exec(':')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('HTTPS') });
    expect(await host.server.api.containers()).toEqual([]);
  });
});
