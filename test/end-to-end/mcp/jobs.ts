import { expect } from 'vitest';
import type { TestClient } from './clients.ts';

/** Long enough for anything that is waited for; nothing waits so long unless it hangs. */
export const LONG = 20_000;

/** Starts a command that runs on as a job, and gives the job's id. One in the background runs then, unless `wait_ms` says otherwise. */
export async function startJob(client: TestClient, args: Record<string, unknown>): Promise<string> {
  const { structuredContent, text, isError } = await client.call('run_command', {
    ...(args['background'] !== true && { wait_ms: 0 }),
    ...args,
  });
  expect(isError, text).toBe(false);
  const id = structuredContent?.['job_id'];
  if (typeof id !== 'string') throw new Error(`It is no job: ${text}`);
  return id;
}

/** Waits until a job has ended, and gives what read_output says then. */
export async function endOf(client: TestClient, jobId: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { structuredContent = {}, text, isError } = await client.call('read_output', { job_id: jobId, offset: -1, wait_ms: LONG });
    if (isError) throw new Error(text);
    if (structuredContent['state'] === 'ended') return structuredContent;
    const more = { job_id: jobId, offset: structuredContent['next_offset'], wait_ms: LONG };
    if ((await client.call('read_output', more)).isError) throw new Error(text);
  }
}

/** Waits until a job has written so much, and gives its first bytes as text. */
export async function outputOf(client: TestClient, jobId: string, bytes: number, stream = 'stdout'): Promise<string> {
  let data = '';
  for (let offset = 0; Buffer.byteLength(data) < bytes; ) {
    const { structuredContent = {}, text, isError } = await client.call('read_output', { job_id: jobId, stream, offset, wait_ms: LONG });
    if (isError) throw new Error(text);
    data += String(structuredContent['data']);
    offset = Number(structuredContent['next_offset']);
    if (structuredContent['at_end'] === true) break;
  }
  return data;
}

/** Reads a whole stream page by page, and checks that each begins where the one before ended. */
export async function readWhole(client: TestClient, jobId: string, encoding: 'text' | 'base64'): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let offset = 0; ; ) {
    const page = (await client.call('read_output', { job_id: jobId, offset, max_bytes: 65_536, encoding })).structuredContent ?? {};
    expect(page).toMatchObject({ offset });
    expect(page).not.toHaveProperty('gone_bytes');
    parts.push(Buffer.from(String(page['data']), encoding === 'base64' ? 'base64' : 'utf8'));
    offset = Number(page['next_offset']);
    if (page['at_end'] === true) return Buffer.concat(parts);
    expect(parts.at(-1)?.length).toBeGreaterThan(0);
  }
}

/** What list_jobs listed. */
export function jobsIn(structuredContent: Record<string, unknown> | undefined): readonly Record<string, unknown>[] {
  const jobs = structuredContent?.['jobs'];
  if (!Array.isArray(jobs)) throw new Error('It lists no jobs.');
  return jobs as Record<string, unknown>[];
}
