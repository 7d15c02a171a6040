import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DockerHost, startDockerHost } from '../docker/docker-host.ts';
import { temporaryDirectory } from '../end-to-end/mcp/processes.ts';
import { DockerServer } from '../servers/dockerd.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
/** As `npm install` would have put it on PATH: what it installs is mounted. */
const PROGRAM = '#!/bin/sh\nexec /node --conditions=@errand/source /errand/packages/cli/src/bin.ts "$@"\n';
const VOLUME = 'errand-state';
const PATIENCE = { timeout: 25_000, interval: 100 };

interface Container {
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly Health?: { readonly Status: string } };
}

/** The instructions of a Dockerfile, each in one line. */
function instructions(text: string): string[] {
  const lines = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');
  return lines.split('\n').filter((line) => line.trim() !== '');
}

/**
 * There is no registry, and no network in a build: neither the base image nor what Debian and npm bring comes from there. Those are of
 * this machine; all else of the Dockerfile is what a daemon builds and runs.
 */
describe.skipIf(DockerServer.isSkipped)('packaging/Dockerfile', () => {
  let host: DockerHost;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let steps: string[] = [];

  beforeAll(async () => {
    directory = await temporaryDirectory();
    steps = instructions(await readFile(join(REPOSITORY, 'packaging/Dockerfile'), 'utf8'));
    host = await startDockerHost(['node']);
    const context = join(directory.path, 'context');
    await mkdir(context);
    const [, ...others] = steps.filter((step) => !isFromElsewhere(step));
    await writeFile(join(context, 'errand'), PROGRAM, { mode: 0o755 });
    await writeFile(join(context, 'Dockerfile'), ['FROM errand/node', 'COPY errand node /usr/bin/', ...others].join('\n'));
    await writeFile(join(context, 'node'), '#!/bin/sh\nexec /node "$@"\n', { mode: 0o755 });
    await host.server.api.build('packaged', spawn('tar', ['-C', context, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout);
    await writeFile(join(directory.path, 'errand.yaml'), 'version: 1\ntargets: { here: { kind: local } }\n', { mode: 0o644 });
  }, 90_000);
  afterAll(async () => {
    await host?.stop();
    await directory?.[Symbol.asyncDispose]();
  });

  /** What comes from Debian's and npm's registries. */
  function isFromElsewhere(step: string): boolean {
    return /^RUN (apt-get|npm) /.test(step);
  }

  async function start(options: object = {}): Promise<string> {
    const { api } = host.server;
    const { Id } = await api.post<{ Id: string }>('/containers/create', {
      Image: 'packaged',
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Binds: [
          `${VOLUME}:/var/lib/errand`,
          `${REPOSITORY}:/errand:ro`,
          `${process.execPath}:/node:ro`,
          `${directory.path}/errand.yaml:/etc/errand/errand.yaml:ro`,
        ],
      },
      ...options,
    });
    await api.post(`/containers/${Id}/start`);
    return Id;
  }

  const look = async (id: string): Promise<Container['State']> => (await host.server.api.get<Container>(`/containers/${id}/json`)).State;

  test('has two steps that nobody could run here', () => {
    expect(steps.filter(isFromElsewhere).map((step) => step.split(' ').slice(0, 3).join(' '))).toEqual([
      'RUN apt-get update',
      'RUN npm install',
    ]);
    expect(steps.find((step) => step.startsWith('RUN npm '))).toContain('install --global --no-audit --no-fund "errand@');
    expect(steps[0]).toBe('FROM node:24-bookworm-slim');
  });

  test('gives a server that is well, whose process 1 is tini, that is not root, and that ends with 0', async () => {
    const token = await start({ Cmd: ['token', 'create', 'alice'] });
    await expect.poll(() => look(token), PATIENCE).toMatchObject({ Status: 'exited', ExitCode: 0 });
    // Asked sooner than every 10 s.
    const server = await start({ Healthcheck: { Interval: 5e8 } });
    await expect.poll(() => look(server), PATIENCE).toMatchObject({ Status: 'running', Health: { Status: 'healthy' } });
    const { Processes } = await host.server.api.get<{ readonly Processes: readonly (readonly string[])[] }>(
      `/containers/${server}/top?ps_args=-eo%20pid,uid,args`,
    );
    expect(Processes.map(([, uid]) => uid)).toEqual(Processes.map(() => '10001'));
    expect(Processes[0]?.[2]).toMatch(/^tini -- errand serve --http 0\.0\.0\.0:7330/);
    await host.server.api.post(`/containers/${server}/stop?t=20`);
    expect(await look(server)).toMatchObject({ Status: 'exited', ExitCode: 0 });
  }, 60_000);

  test('does not start where nobody could come in', async () => {
    const server = await start({ Env: ['XDG_STATE_HOME=/tmp/none'] });
    await expect.poll(() => look(server), PATIENCE).toMatchObject({ Status: 'exited', ExitCode: 125 });
  });
});
