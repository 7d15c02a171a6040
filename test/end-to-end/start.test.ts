import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

describe('npm start', () => {
  let state = '';

  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'errand-start-'));
  });

  afterEach(() => rmSync(state, { recursive: true, force: true }));

  it('builds, runs uname -a through its own endpoint, prints it with a snippet but no token, and serves until it is told to end', async () => {
    const start = spawn('npm', ['start'], { cwd: root, env: { ...process.env, XDG_STATE_HOME: state, PORT: '0' }, detached: true });
    let printed = '';
    let warned = '';
    start.stderr.on('data', (data) => {
      warned += data;
    });
    try {
      await new Promise<void>((resolve, reject) => {
        start.stdout.on('data', (data) => {
          printed += data;
          if (printed.includes('until Ctrl-C')) resolve();
        });
        start.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${printed}${warned}`)));
      });
      expect(printed).toContain(execFileSync('uname', ['-a'], { encoding: 'utf8' }));
      expect(printed).toContain('"mcpServers"');
      const file = join(state, 'errand/token');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const token = execFileSync('cat', [file], { encoding: 'utf8' }).trim();
      expect(printed + warned).not.toContain(token);
      const url = /Serving at (\S+)/.exec(printed)?.[1] ?? '';
      expect((await fetch(url, { method: 'POST' })).status).toBe(401);
    } finally {
      const ended = once(start, 'close');
      // As Ctrl-C does: the whole group that this test made.
      process.kill(-(start.pid ?? Number.NaN), 'SIGINT');
      await ended;
    }
    const url = /Serving at (\S+)/.exec(printed)?.[1] ?? '';
    await expect(fetch(url)).rejects.toThrow();
  }, 90_000);
});
