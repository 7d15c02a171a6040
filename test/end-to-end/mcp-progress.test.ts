import { localExecutor } from '@errand/core';
import { registerTools } from '@errand/mcp-adapter';
import { describe, expect, test } from 'vitest';
import { EMBEDDINGS } from './mcp/embedded.ts';

interface Told {
  readonly progress: number;
  readonly message?: string | undefined;
}

describe.each(Object.entries(EMBEDDINGS))('in an McpServer of SDK %s', (_version, embed) => {
  test('a client that asks is told of output, at most every 500 ms', async () => {
    await using executor = localExecutor();
    const { server, connect } = embed();
    await using _tools = registerTools(server, executor);
    await using client = await connect();
    const told: Told[] = [];
    // Writes far more often than that.
    const command = 'i=0; while [ $i -lt 60 ]; do echo x; i=$((i+1)); sleep 0.02; done; echo y >&2';
    await client.call('run_command', { command }, { onprogress: (progress) => told.push(progress) });
    expect(told.length).toBeGreaterThanOrEqual(2);
    // What they carry is the time since the begin; timers may be early by some milliseconds.
    const gaps = told.map(({ progress }, i) => progress - (told[i - 1]?.progress ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(490);
    expect(told[0]?.message).toMatch(/^running; \d+ s since the call; stdout \d+ bytes, stderr 0 bytes: x$/);
  });
});
