import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bundleHandler } from '../../scripts/bundle-handler.ts';

const OWN_PROCESSES = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const canUnshare = spawnSync('unshare', [...OWN_PROCESSES, 'true']).status === 0;

test.runIf(canUnshare)(
  'in a sandbox of its own nothing outlives a command, whatever it did to get away, and its files are gone',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'errand-sandbox-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const bundle = join(directory, 'errand-handler.mjs');
    await bundleHandler(bundle);
    const temporary = await mkdtemp(join(directory, 'tmp-'));
    const fixture = fileURLToPath(new URL('./sandbox.fixture.ts', import.meta.url));
    const { stdout } = await promisify(execFile)('unshare', [...OWN_PROCESSES, process.execPath, fixture, bundle, temporary]);
    expect(JSON.parse(stdout)).toEqual({
      before: [],
      after: [],
      endings: [expect.objectContaining({ outcome: 'exited', exitCode: 0 }), { outcome: 'exited', exitCode: 3 }],
    });
    expect(await readdir(temporary)).toEqual(['.errand-sandbox']);
  },
);
