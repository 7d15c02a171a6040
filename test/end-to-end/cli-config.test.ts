import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { home, TWO } from './cli/config-home.ts';
import { errand } from './cli/errand.ts';
import { WITHOUT_K8S } from './cli/without-k8s.ts';

describe.concurrent('a configuration file', () => {
  test('says where commands run, and what holds for them', async () => {
    const { directory, run } = await home(TWO);
    await mkdir(join(directory, 'sub'));
    const where = ['-n', '-c', 'echo "$WHERE $PWD"'];
    expect(await run(['run', ...where])).toMatchObject({ code: 0, stdout: Buffer.from(`file ${directory}/sub\n`) });
    expect(await run(['run', '--target', 'a', ...where])).toMatchObject({ code: 0, stdout: Buffer.from(`a ${directory}\n`) });
    // What is said on the command line wins.
    expect((await run(['run', '--env', 'WHERE=here', '--cwd', '/usr', ...where])).stdout.toString()).toBe('here /usr\n');
    const { target } = JSON.parse((await run(['run', '--json', '-n', 'true'])).stdout.toString());
    expect(target).toBe('b');
  });

  test('is ./errand.yaml, else the one of the user; --config names another, and none is searched upwards', async () => {
    const { directory, run } = await home();
    const one = (name: string): string => `version: 1\ntargets: { ${name}: { kind: local } }\n`;
    const name = async (args: readonly string[] = []): Promise<string> => {
      const { stdout } = await run(['targets', '--json', ...args]);
      return JSON.parse(stdout.toString())[0].name;
    };
    expect(await name()).toBe('local');
    await mkdir(join(directory, 'config', 'errand'), { recursive: true });
    await writeFile(join(directory, 'config', 'errand', 'errand.yaml'), one('user'));
    expect(await name()).toBe('user');
    await writeFile(join(directory, 'errand.yaml'), one('here'));
    expect(await name()).toBe('here');
    await writeFile(join(directory, 'other.yaml'), one('other'));
    expect(await name(['--config', 'other.yaml'])).toBe('other');
    await mkdir(join(directory, 'below'));
    const below = await errand(['targets'], { cwd: join(directory, 'below'), env: { XDG_CONFIG_HOME: directory } });
    expect(below.stdout.toString()).toMatch(/\nlocal +local\n$/);
    expect(await run(['run', '--config', 'gone.yaml', 'true'])).toMatchObject({
      code: 125,
      stderr: `errand: --config: there is no file ${directory}/gone.yaml.\n`,
    });
  });

  test('with faults stops every command before anything starts, and tells them all', async () => {
    const { run } = await home('version: 1\ntargets:\n  a: { kind: local, shels: {} }\n  b: { kind: nothing }\n');
    const says = /^errand: errand\.yaml:3:21: targets\.a\.shels: is not known here\..*\nerrand: errand\.yaml:4:14: targets\.b\.kind: .*\n$/;
    for (const args of [['run', '-n', 'true'], ['ps'], ['shell'], ['serve', '--stdio'], ['targets'], ['attach', 'a-0123456789abcdef0123']])
      expect(await run(args), args.join(' ')).toMatchObject({ code: 125, stdout: Buffer.from(''), stderr: expect.stringMatching(says) });
  });

  test.each([
    ['no target of this name', ['--target', 'c'], "there is no target 'c' in errand.yaml. Allowed: local1, web1, web2."],
    ['a name of many hosts', ['--target', 'web'], "'web' stands for 2 hosts. Allowed: one of them, web1, web2."],
    ['none named', [], 'errand.yaml has several targets and names no default. Allowed: local1, web1, web2.'],
  ])('refuses %s', async (_what, args, says) => {
    const { run } = await home('version: 1\ntargets:\n  local1: { kind: local }\n  web: { kind: ssh, hosts: ["web[1-2]"] }\n');
    expect(await run(['run', ...args, '-n', 'true'])).toMatchObject({ code: 125, stderr: `errand: --target: ${says}\n` });
  });

  test('says which package a kind needs that is not installed', async () => {
    const { run } = await home('version: 1\ntargets: { far: { kind: k8s, image: far } }\n');
    const says =
      'errand: targets.far: the kind k8s needs @errand/backend-k8s, which is not installed. Install it beside errand: npm install @errand/backend-k8s\n';
    expect(await run(['run', '-n', 'true'], '', WITHOUT_K8S)).toMatchObject({ code: 125, stderr: says });
    expect(await run(['serve', '--stdio'], '', WITHOUT_K8S)).toMatchObject({ code: 125, stderr: says });
  });

  test('may set quotas, to which every target holds each tenant', async () => {
    const { directory, run } = await home(`${TWO}quotas: { tenants: { ci: { maxRunning: 0 } } }\n`);
    await mkdir(join(directory, 'sub'));
    const says = "errand: quota: the tenant 'ci' has reached maxRunning (0), so nothing was started. Raise the limit.\n";
    for (const target of ['a', 'b']) {
      const args = ['run', '--target', target, '-n', '-c', 'echo on'];
      expect(await run(args)).toEqual({ code: 0, stdout: Buffer.from('on\n'), stderr: '' });
      expect(await run([...args.slice(0, 1), '--tenant', 'ci', ...args.slice(1)])).toEqual({
        code: 75,
        stdout: Buffer.from(''),
        stderr: says,
      });
    }
    expect(await run(['serve', '--stdio'])).toMatchObject({ code: 0 });
    expect(await run(['validate'])).toMatchObject({ code: 0 });
  });

  test.each([
    ['{ kind: redis, url: "http://:secret@x" }', 'is no URL of redis.'],
    ['{ url: "redis://:secret@x" }', 'stands beside memory.'],
    ['{ kind: postgres }', 'is missing.'],
  ])('refuses quotas in the store %s', async (store, says) => {
    const { run } = await home(`${TWO}quotas: { store: ${store} }\n`);
    const { code, stderr } = await run(['run', '--target', 'a', '-n', 'true']);
    expect([code, stderr]).toEqual([125, expect.stringContaining(`quotas.store.url: ${says}`)]);
    expect(stderr).not.toContain('secret');
  });

  test('may give a target a queue, without which a priority is refused', async () => {
    const { run } = await home(
      'version: 1\ntargets:\n  q: { kind: local, queue: { concurrency: 1, queueTimeout: 1m, weights: { ci: 2 } } }\n  p: { kind: local }\n',
    );
    const flags = ['--priority', 'high', '--tenant', 'ci', '--queue-timeout', '5s', '-n', '-c', 'echo on'];
    expect(await run(['run', '--target', 'q', ...flags])).toMatchObject({ code: 0, stdout: Buffer.from('on\n') });
    expect(await run(['run', '--target', 'p', ...flags])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^errand: --priority is not supported here/),
    });
    expect(await run(['run', '--target', 'q', '--priority', 'urgent', 'true'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('high, normal, low'),
    });
    const { run: other } = await home('version: 1\ntargets: { a: { kind: local, queue: { maxQueued: 5 } } }\n');
    expect(await other(['validate'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('targets.a.queue.concurrency: is missing.'),
    });
  });

  test("detached executions are found by their id alone, whose target's name it carries", async () => {
    const { directory, run } = await home(TWO);
    await mkdir(join(directory, 'sub'));
    const { stdout } = await run(['run', '--target', 'a', '--detach', '--keep', '10s', '-n', '-c', 'echo "$WHERE"; exit 4']);
    const id = stdout.toString().trim();
    expect(id).toMatch(/^a-[a-f0-9]{20}$/);
    expect(await run(['attach', id])).toMatchObject({ code: 4, stdout: Buffer.from('a\n') });
    expect(await run(['kill', '--target', 'b', id])).toMatchObject({ code: 125, stderr: expect.stringContaining('of the target b') });
  });
});

describe.concurrent('errand targets', () => {
  test('lists them in the order of the file, a line each', async () => {
    const { run } = await home(TWO);
    expect((await run(['targets'])).stdout.toString()).toBe(
      'NAME  KIND   LABELS    DESCRIPTION\na     local  env=test  the first\nb     local\n',
    );
    expect((await run(['targets', '--label', 'env=test', '--json'])).stdout.toString()).toBe(
      '[{"name":"a","kind":"local","entry":"a","labels":{"env":"test"},"mcp":"commands","description":"the first"}]\n',
    );
    expect((await run(['targets', '--label', 'env=x', '--json'])).stdout.toString()).toBe('[]\n');
    expect(await run(['targets', '--label', 'x'])).toMatchObject({ code: 125, stderr: expect.stringContaining('NAME=value') });
  });
});
