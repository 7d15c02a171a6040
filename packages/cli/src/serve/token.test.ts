import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readOrMakeToken } from './token.ts';
import { readTokens } from './tokens.ts';

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
    const tokens = await Promise.all(Array.from({ length: 16 }, () => readOrMakeToken()));
    expect(new Set(tokens.map(({ value }) => value)).size).toBe(1);
    expect(await readdir(join(home, String(round), 'errand'))).toEqual(['token']);
  }
});

test('the token is made once, of 256 random bits, for its owner alone', async () => {
  const { value, file } = await readOrMakeToken();
  expect(value).toMatch(/^[\w-]{43}$/);
  expect(await readFile(file, 'utf8')).toBe(`${value}\n`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readOrMakeToken()).toEqual({ value, file });
});

test('a server without any makes one of no name; with named ones it makes none', async () => {
  const [made, ...others] = await readTokens();
  expect(made).toEqual(await readOrMakeToken());
  expect(others).toEqual([]);
  const ci = await readOrMakeToken('ci');
  expect(ci.file).toBe(join(home, 'errand', 'tokens', 'ci'));
  expect((await stat(ci.file)).mode & 0o777).toBe(0o600);
  const alice = await readOrMakeToken('alice');
  expect(await readTokens()).toEqual([made, alice, ci]);
  await rm(join(home, 'errand', 'token'));
  expect(await readTokens()).toEqual([alice, ci]);
  expect(await readdir(join(home, 'errand'))).toEqual(['tokens']);
});

test('names agree on one token each, also when made at once, and leave nothing else', async () => {
  const tokens = await Promise.all(Array.from({ length: 16 }, (_, i) => readOrMakeToken(i % 2 ? 'a' : 'b')));
  expect(new Set(tokens.map(({ value }) => value)).size).toBe(2);
  expect(await readdir(join(home, 'errand', 'tokens'))).toEqual(['a', 'b']);
});

test.each(['', '.', '..', 'a/b', '../token', '-a', 'x'.repeat(65)])('a name that cannot be one is refused: %j', async (name) => {
  await expect(readOrMakeToken(name)).rejects.toThrow(/is no name\. Allowed: /);
});

test('a token of a name that others can read, or a file beside that is none, stops the server', async () => {
  const { file } = await readOrMakeToken('ci');
  await chmod(file, 0o644);
  await expect(readTokens()).rejects.toThrow(/tokens\/ci: is open to others/);
  await chmod(file, 0o600);
  await mkdir(join(home, 'errand', 'tokens', 'dir'));
  await expect(readTokens()).rejects.toThrow(/tokens\/dir: is no file/);
});
