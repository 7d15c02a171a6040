import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { thisHost } from './job-host.ts';
import { jobRoot } from './job-root.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'errand-root-'));
  vi.stubEnv('TMPDIR', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

test('without a state directory it is a temporary one, for its owner alone, made when it is needed and gone with the last server', async () => {
  const [one, other] = [jobRoot(undefined), jobRoot(undefined)];
  expect(await readdir(home)).toEqual([]);
  expect(one.path()).not.toBe(other.path());
  expect((await stat(one.path())).mode & 0o777).toBe(0o700);
  expect(await readdir(home)).toHaveLength(1);
  one.remove();
  expect((await stat(other.path())).isDirectory()).toBe(true);
  other.remove();
  expect(await readdir(home)).toEqual([]);
});

test('what a process left that was killed goes when the next one needs a directory; nothing else does', async () => {
  const leave = async (name: string, host: object): Promise<void> => {
    await mkdir(join(home, `errand-jobs-${name}`));
    await writeFile(join(home, `errand-jobs-${name}`, 'host.json'), JSON.stringify(host));
  };
  await leave('gone', { name: hostname(), pid: 4_194_304 });
  await leave('reused', { ...thisHost(), startTime: '1' });
  await leave('lives', thisHost());
  await leave('elsewhere', { name: 'elsewhere', pid: 4_194_304 });
  await mkdir(join(home, 'errand-jobs-new'));
  const root = jobRoot(undefined);
  root.path();
  root.remove();
  expect((await readdir(home)).sort()).toEqual(['errand-jobs-elsewhere', 'errand-jobs-lives', 'errand-jobs-new']);
});

test('a state directory lies where it was said, and nothing is made before a job needs it', async () => {
  const root = jobRoot(join(home, 'state'));
  expect(root).toMatchObject({ lasts: true });
  expect(root.path()).toBe(join(home, 'state', 'jobs'));
  expect(await readdir(home)).toEqual([]);
});

test.each([
  ['state', 0o777],
  ['state/jobs', 0o755],
])('%s that is open to others is refused', async (name, mode) => {
  await mkdir(join(home, 'state', 'jobs'), { recursive: true, mode: 0o700 });
  await chmod(join(home, name), mode);
  expect(() => jobRoot(join(home, 'state'))).toThrow(/^stateDirectory: .* is open to others \(mode 0\d+\)\. Allowed: /);
});

test('a path that is not absolute is refused', () => {
  expect(() => jobRoot('state')).toThrow(/^stateDirectory: it is no absolute path/);
});
