import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import { leaderSource } from '../session/leader-script.ts';
import { KEEP_MS } from '../testing/tools/detached.ts';
import { namedShells } from '../testing/tools/test-shells.ts';
import { guardianSource } from './guardian-script.ts';
import type { Submission } from './submission.ts';

const { shells, remove } = namedShells();
const state = mkdtempSync(join(tmpdir(), 'errand-names-'));
afterAll(remove);
afterAll(() => rmSync(state, { recursive: true, force: true, maxRetries: 10 }));

const request = { executionId: '', marker: '', nonce: 'nonce', command: ':', env: {}, shell: '/bin/sh', limits: {} };
const submission: Submission = {
  request: { ...request, mergeStderr: false, stdin: true, killGraceMs: 1_000 },
  name: 'name',
  print: 'print',
  meta: '{}',
  stdin: new Uint8Array(0),
  timeoutMs: 1_000,
  maxSpoolBytes: 1_000,
  keepMs: 1_000,
  endsDaemons: false,
};
/** Whatever scripts of ours may use as a variable, and more. */
const NAMES = new Set(`${guardianSource(submission)}${leaderSource('nonce', '/bin/sh', 'marker')}`.match(/\b[a-z][a-z_0-9]*\b/g));

/** Variables of those names that the target has, and that a command prints otherwise. */
function changed(printed: string): string[] {
  const lines = new Set(printed.split('\n'));
  return [...NAMES].filter((name) => !lines.has(`${name}=of the target`));
}

describe.each(shells)('variables of a target whose names scripts of ours have too, in $name', ({ file }) => {
  const environment = { ...Object.fromEntries([...NAMES].map((name) => [name, 'of the target'])), LC_ALL: 'POSIX' };
  const open = (): Executor =>
    localExecutor({ environment: { PATH: process.env['PATH'] ?? '', XDG_STATE_HOME: state, ...environment }, defaults: { shell: file } });

  test('are those of the target in a detached command, as are locale and umask', async () => {
    await using executor = open();
    const script = 'umask; echo $LC_ALL; env';
    const { stdout } = await executor.exec(script, { detached: true, keepMs: KEEP_MS });
    expect(changed(stdout.text)).toEqual([]);
    const [umask, locale] = (await executor.exec(script)).stdout.text.split('\n');
    expect(stdout.text.split('\n').slice(0, 2)).toEqual([umask, locale]);
  });

  test('are those of the target in a session, also once its shell was lost', async () => {
    await using executor = open();
    await using session = await executor.openSession();
    expect(changed((await session.exec('env')).stdout.text)).toEqual([]);
    await session.exec('kill -9 $$');
    expect(changed((await session.exec('env')).stdout.text)).toEqual([]);
  });
});
