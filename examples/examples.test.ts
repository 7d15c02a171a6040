import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  it('tools/errand.yaml offers two tools, which do what they say and nothing else', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'errand-example-'));
    try {
      mkdirSync(`${directory}/site/public`, { recursive: true });
      copyFileSync(example('tools/errand.yaml'), `${directory}/errand.yaml`);
      writeFileSync(`${directory}/site/index.html`, 'hello\n');
      writeFileSync(`${directory}/site/empty.html`, '');
      const args = [...fromSources, `${import.meta.dirname}/../packages/cli/src/bin.ts`, 'serve', '--stdio', '--tools-only'];
      const env = { PATH: process.env['PATH'] ?? '', SITE: `${directory}/site`, XDG_STATE_HOME: directory };
      const client = new Client({ name: 'test', version: '1.0.0' });
      await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd: directory, env }));
      const call = async (name: string, given: Record<string, unknown>): Promise<unknown> =>
        (await client.callTool({ name, arguments: given })).structuredContent;
      expect((await client.listTools()).tools.map(({ name }) => name).slice(0, 2)).toEqual(['find_text', 'publish']);
      expect(await call('find_text', { text: 'hello' })).toMatchObject({ ok: true, stdout: `${directory}/site/index.html:1:hello\n` });
      expect(await call('find_text', { text: '-f/etc/passwd' })).toMatchObject({ exit_code: 1, stdout: '' });
      expect(await call('find_text', { text: 'root', where: '/etc/passwd' })).toMatchObject({ code: 'EXEC_PERMISSION' });
      expect(await call('publish', { page: 'index.html' })).toMatchObject({ ok: true });
      expect(readdirSync(`${directory}/site/public`)).toEqual(['index.html']);
      expect(await call('publish', { page: 'empty.html' })).toMatchObject({
        exit_code: 1,
        stderr: expect.stringContaining('step 1 of 2 (check)'),
      });
      await client.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('the README of errand shows tools/errand.yaml as it is here', () => {
    const readme = readFileSync(`${import.meta.dirname}/../packages/cli/README.md`, 'utf8');
    expect(readme).toContain(`\`\`\`yaml\n${readFileSync(example('tools/errand.yaml'), 'utf8')}\`\`\``);
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
