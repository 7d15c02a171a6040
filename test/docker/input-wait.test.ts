import { once } from 'node:events';
import { dockerExecutor } from '@errand/backend-docker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { showsCalls } from '../servers/shows-calls.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

describe.skipIf(DockerServer.isSkipped || !showsCalls())('a command in a container', () => {
  let host: DockerHost;
  beforeAll(async () => {
    host = await startDockerHost(['busybox']);
  });
  afterAll(() => host?.stop());

  test('says that it waits for input', async () => {
    await using executor = dockerExecutor(host.options());
    await using execution = executor.spawn('head -n 1; sleep 60', { stdin: 'pipe' });
    await expect.poll(() => execution.waitsForInput(), { timeout: 20_000 }).toBe(true);
    execution.stdin.write('some\n');
    await once(execution.stdout, 'data');
    expect(await execution.waitsForInput()).toBe(false);
  });
});
