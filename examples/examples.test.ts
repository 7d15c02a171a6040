import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, it } from 'vitest';

const fromSources = ['--conditions=@errand/source'];
const example = (name: string): string => `${import.meta.dirname}/${name}`;

describe('examples', () => {
  it('library.ts prints what its commands print, and ends', () => {
    const printed = execFileSync(process.execPath, [...fromSources, example('library.ts')], { encoding: 'utf8', timeout: 20_000 });
    const lines = [1, 2, 3].map((i) => `${i} it's data, not shell source\n`).join('');
    expect(printed).toBe(`${execFileSync('uname', ['-a'], { encoding: 'utf8' })}\n${lines}exited\n`);
  });

  it("embedded-server.ts offers Errand's tools to an MCP client beside its own, and ends with it", async () => {
    const args = [...fromSources, example('embedded-server.ts')];
    const client = new Client({ name: 'test', version: '1.0.0' });
    const transport = new StdioClientTransport({ command: process.execPath, args });
    await client.connect(transport);
    const { pid } = transport;
    const { structuredContent } = await client.callTool({ name: 'errand_run_command', arguments: { argv: ['git', '--version'] } });
    expect(structuredContent).toMatchObject({ ok: true, stdout: execFileSync('git', ['--version'], { encoding: 'utf8' }) });
    await client.close();
    await expect.poll(() => isRunning(pid ?? 0), { timeout: 10_000 }).toBe(false);
  });

  it('two-tenants.ts prints how long each waited, and who came late waited for few of the flood', () => {
    const printed = execFileSync(process.execPath, [...fromSources, example('two-tenants.ts')], { encoding: 'utf8', timeout: 30_000 });
    const [header, ...rows] = printed.trim().split('\n');
    expect(header).toBe('tenant  commands  median wait  longest wait');
    const table = new Map(
      rows.map((row) => row.split(/ {2,}/)).map(([tenant, ...cells]) => [tenant, cells.map((cell) => Number.parseInt(cell, 10))]),
    );
    expect([...table.keys()].sort()).toEqual(['alice', 'ci']);
    expect([table.get('alice')?.[0], table.get('ci')?.[0]]).toEqual([5, 60]);
    // All of the flood was there before her.
    expect(table.get('alice')?.[2]).toBeLessThan(table.get('ci')?.[1] ?? 0);
  });

  it.each(['library.ts', 'embedded-server.ts'])('README.md shows %s as it is here', (name) => {
    const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${readFileSync(example(name), 'utf8')}\`\`\``);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
