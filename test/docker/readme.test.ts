import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { snippetsOf } from '../../scripts/check/snippets.ts';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

const REPOSITORY = new URL('../..', import.meta.url).pathname;

/** The first example, word for word, where the daemon is found as the docker CLI finds it. The image's Node is this machine's. */
describe.skipIf(DockerServer.isSkipped)('the example in the README', () => {
  let host: DockerHost;
  let directory: string;

  beforeAll(async () => {
    // Inside of the repository, so that imports are found as anywhere else in it.
    await mkdir(join(REPOSITORY, '.tmp'), { recursive: true });
    directory = await mkdtemp(join(REPOSITORY, '.tmp', 'readme-'));
    host = await startDockerHost(['node']);
    const context = join(directory, 'context');
    await mkdir(context);
    await cp(process.execPath, join(context, 'node'), { dereference: true });
    await writeFile(join(context, 'Dockerfile'), 'FROM errand/node\nCOPY node /usr/bin/node\n');
    await host.server.api.build('node:24', spawn('tar', ['-C', context, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout);
  }, 90_000);
  afterAll(async () => {
    await host?.stop();
    await rm(directory, { recursive: true });
  });

  async function run(source: string): Promise<string> {
    const file = join(directory, 'example.ts');
    await writeFile(file, source);
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@errand/source', file], {
      env: { ...process.env, DOCKER_HOST: host.server.host },
    });
    return stdout;
  }

  test('says the version of the image, and leaves no container', async () => {
    const [[, source] = []] = snippetsOf(await readFile(join(REPOSITORY, 'packages/backend-docker/README.md'), 'utf8'));
    expect(source).toContain("image: 'node:24'");
    expect(await run(source ?? '')).toBe(`${process.version}\n\n`);
    expect(await host.server.api.get('/containers/json?all=1')).toEqual([]);
  }, 60_000);

  test('does so in one container for all commands too', async () => {
    const [[, source = ''] = []] = snippetsOf(await readFile(join(REPOSITORY, 'packages/backend-docker/README.md'), 'utf8'));
    expect(await run(source.replace("image: 'node:24'", "image: 'node:24', mode: 'exec', shells: {}"))).toBe(`${process.version}\n\n`);
    expect(await host.server.api.get('/containers/json?all=1')).toEqual([]);
  }, 60_000);
});
