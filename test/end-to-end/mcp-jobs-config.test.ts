import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { home } from './cli/config-home.ts';
import { connect } from './mcp/clients.ts';
import { startJob } from './mcp/jobs.ts';
import { stdioEndpoint } from './mcp/servers.ts';

const TEXT = `version: 1
mcp: { maxJobs: 1, jobTtl: 1h }
targets:
  a: { kind: local }
  b: { kind: local, mcp: { maxJobOutput: 64KiB } }
`;

test("errand serve keeps jobs within the bounds of the file's mcp, and of a target's own", async () => {
  const { directory } = await home(TEXT);
  const config = join(directory, 'errand.yaml');
  await using client = await connect('v2 of 2025', stdioEndpoint({ XDG_STATE_HOME: join(directory, 'state') }, '--config', config));
  const middle = async (target: string): Promise<Record<string, unknown> | undefined> => {
    const ran = await client.call('run_command', { command: 'head -c 200000 /dev/zero', target });
    return (await client.call('read_output', { job_id: ran.structuredContent?.['job_id'], offset: 100_000 })).structuredContent;
  };
  expect(await middle('a')).toMatchObject({ offset: 100_000, total_bytes: 200_000 });
  expect(await middle('a')).not.toHaveProperty('gone_bytes');
  expect(await middle('b')).toMatchObject({ gone_from: 100_000, gone_bytes: expect.any(Number), total_bytes: 200_000 });

  const sleeping = { command: 'exec sleep 3600', target: 'a' };
  await startJob(client, sleeping);
  expect((await client.call('run_command', sleeping)).structuredContent).toMatchObject({ code: 'EXEC_QUOTA' });

  const jobs = join(directory, 'state', 'errand', 'jobs');
  const [record = ''] = (await readdir(jobs, { recursive: true })).filter((name) => name.endsWith('job.json'));
  expect(JSON.parse(await readFile(join(jobs, record), 'utf8'))).toMatchObject({ ttlMs: 3_600_000 });
});

test('a bound that cannot be one is told by errand validate', async () => {
  const { directory, run } = await home(TEXT);
  await writeFile(join(directory, 'errand.yaml'), TEXT.replace('64KiB', '1KiB').replace('maxJobs: 1', 'maxJobs: 0'));
  const { code, stderr } = await run(['validate']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/ mcp\.maxJobs: is out of range\. Allowed: a whole number from 1 to 100,000\./);
  expect(stderr).toMatch(/ targets\.b\.mcp\.maxJobOutput: .*64/);
});
