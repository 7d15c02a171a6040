import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { untilGone, withDescendants } from './cli/descendants.ts';
import { heard } from './cli/output.ts';

const root = join(import.meta.dirname, '../..');

describe('npm start', () => {
  let state = '';
  let npm: ChildProcessByStdio<null, Readable, Readable> & { readonly pid: number };
  let tree: number[] = [];

  /** Starts it as the leader of a group, as a shell does, and waits until it serves. */
  async function start(): Promise<string> {
    const child = spawn('npm', ['start'], {
      cwd: root,
      env: { ...process.env, XDG_STATE_HOME: state, PORT: '0' },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { pid } = child;
    if (pid === undefined || pid <= 1) throw new Error('npm did not start.');
    npm = Object.assign(child, { pid });
    try {
      const { input } = await heard(npm.stdout, /until Ctrl-C/);
      return input;
    } finally {
      tree = withDescendants(pid);
    }
  }

  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'errand-start-'));
  });

  afterEach(async () => {
    await untilGone(tree, 0).catch(() => {});
    rmSync(state, { recursive: true, force: true });
  });

  it('builds, runs uname -a through its own endpoint, prints it with a snippet but no token, and serves until Ctrl-C', async () => {
    const printing = start();
    const warning = text(npm.stderr);
    const printed = await printing;
    expect(printed).toContain(execFileSync('uname', ['-a'], { encoding: 'utf8' }));
    expect(printed).toContain('"mcpServers"');
    const file = join(state, 'errand/token');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const url = /Serving at (\S+)/.exec(printed)?.[1] ?? '';
    expect((await fetch(url, { method: 'POST' })).status).toBe(401);
    const token = execFileSync('cat', [file], { encoding: 'utf8' }).trim();
    const exit = once(npm, 'exit');
    // As Ctrl-C does: the whole group that this test made.
    process.kill(-npm.pid, 'SIGINT');
    expect(await exit).toEqual([0, null]);
    await untilGone(tree, 5_000);
    expect(printed + (await warning)).not.toContain(token);
  }, 90_000);

  it.for(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const)(
    'leaves nothing behind when npm alone gets %s',
    { timeout: 90_000 },
    async (signal) => {
      await start();
      npm.kill(signal);
      await untilGone(tree, 8_000);
    },
  );
});
