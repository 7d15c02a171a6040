import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisServer } from '../servers/redis.ts';
import { type Ended, errand } from './cli/errand.ts';
import { temporaryDirectory } from './cli/temporary.ts';

const FILE = `version: 1
targets: { here: { kind: local } }
quotas:
  store: { kind: redis, url: "\${env:QUOTA_URL}" }
  default: { commandsPerHour: 2, wall: 10m }
`;

describe.skipIf(RedisServer.isSkipped)('quotas of errand.yaml in a Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server?.stop());

  test('hold for all processes together, and refuse with 75; so does a Redis that is not there', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'errand.yaml'), FILE);
    const env = { QUOTA_URL: server.url, XDG_CONFIG_HOME: directory, XDG_STATE_HOME: directory };
    const run = (tenant: string): Promise<Ended> => errand(['run', '--tenant', tenant, '-n', '-c', 'echo on'], { cwd: directory, env });
    for (const tenant of ['ci', 'ci', 'other']) expect(await run(tenant)).toEqual({ code: 0, stdout: Buffer.from('on\n'), stderr: '' });
    expect(await run('ci')).toEqual({
      code: 75,
      stdout: Buffer.from(''),
      stderr: expect.stringMatching(
        /^errand: quota: the tenant 'ci' has reached commandsPerHour \(2\), so nothing was started\. Try again in [\d,]+ seconds\.\n$/,
      ),
    });
    await server.kill();
    const { code, stderr } = await run('other');
    expect([code, stderr]).toEqual([
      75,
      expect.stringMatching(/^errand: quota: the Redis store at \S+ failed, so nothing was started: .*\n$/),
    ]);
    expect(stderr).not.toContain(server.password);
    await server.start();
  });

  test('that let commands through while it is not there say so on stderr', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'errand.yaml'), FILE.replace('quotas:', 'quotas:\n  failOpen: true'));
    const env = { QUOTA_URL: 'redis://:secret@127.0.0.1:1', XDG_CONFIG_HOME: directory, XDG_STATE_HOME: directory };
    const ended = await errand(['run', '-n', '-c', 'echo on'], { cwd: directory, env });
    expect(ended).toEqual({
      code: 0,
      stdout: Buffer.from('on\n'),
      stderr: expect.stringMatching(
        /^errand: warning: quota: the Redis store.* failed, so commands are admitted without being counted, .*\n$/,
      ),
    });
    expect(ended.stderr).not.toContain('secret');
  });
});
