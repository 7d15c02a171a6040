import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readLocalToken, readOrMakeLocalToken } from './local-token.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'errand-token-'));
  vi.stubEnv('XDG_STATE_HOME', home);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

test('servers that all find no token agree on one, and leave nothing else', async () => {
  for (let round = 0; round < 30; round += 1) {
    vi.stubEnv('XDG_STATE_HOME', join(home, String(round)));
    const tokens = await Promise.all(Array.from({ length: 16 }, () => readOrMakeLocalToken()));
    expect(new Set(tokens.map(({ value }) => value)).size).toBe(1);
    expect(await readdir(join(home, String(round), 'errand'))).toEqual(['token']);
  }
});

test('the token is made once, of 256 random bits, for its owner alone', async () => {
  const state = join(home, 'errand');
  expect(await readLocalToken(state)).toBeUndefined();
  const { value, file } = await readOrMakeLocalToken();
  expect(value).toMatch(/^[\w-]{43}$/);
  expect(await readFile(file, 'utf8')).toBe(`${value}\n`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readOrMakeLocalToken()).toEqual({ value, file });
  expect(await readLocalToken(state)).toBe(value);
});
