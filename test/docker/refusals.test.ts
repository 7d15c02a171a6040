import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { DaemonInBetween } from './daemon-in-between.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

const PATIENCE = { timeout: 25_000 };
const STEPS = {
  list: /^GET .*\/containers\/json/,
  image: /^GET .*\/images\//,
  create: /^POST .*\/containers\/create/,
  look: /^HEAD .*\/archive/,
  attach: /^POST .*\/attach/,
  start: /^POST .*\/containers\/.*\/start/,
  makeExec: /^POST .*\/containers\/.*\/exec/,
  startExec: /^POST .*\/exec\/.*\/start/,
  inspectExec: /^GET .*\/exec\/.*\/json/,
  remove: /^DELETE /,
};

describe.skipIf(DockerServer.isSkipped)('a daemon that refuses, or never answers,', () => {
  let host: DockerHost;
  let daemon: DaemonInBetween;
  beforeAll(async () => {
    host = await startDockerHost(['busybox']);
  });
  afterAll(() => host?.stop());
  beforeEach(async () => {
    daemon = await DaemonInBetween.start(host.server.socketPath);
  });
  afterEach(() => daemon.stop());

  function through(mode: 'exec' | 'container', { host: address } = daemon): DockerExecutorOptions {
    return { ...host.options(), mode, host: address };
  }

  it.each([
    ['exec', 'image', 500],
    ['exec', 'create', 409],
    ['exec', 'look', 500],
    ['exec', 'attach', 404],
    ['exec', 'start', 500],
    ['exec', 'makeExec', 500],
    ['exec', 'startExec', 409],
    ['container', 'create', 500],
    ['container', 'start', 409],
    ['container', 'makeExec', 404],
    ['container', 'startExec', 500],
  ] as const)('in mode %s at the step %s (%i), runs nothing, keeps nothing, and the next command works', async (mode, step, status) => {
    const executor = dockerExecutor(through(mode));
    daemon.stand(STEPS[step], { status });
    await expect(executor.exec(':')).rejects.toMatchObject({
      code: 'EXEC_UNAVAILABLE',
      message: expect.stringMatching(step === 'look' ? /answered with status 500/ : `: ${status} from a test`),
    });
    daemon.passAll();
    expect((await executor.exec('echo next')).stdout.text).toBe('next\n');
    await executor.close();
    await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
  });

  it('a list of what others left, costs no command', async () => {
    await using executor = dockerExecutor(through('container'));
    daemon.stand(STEPS.list, { status: 500 });
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    expect(daemon.answered).toBe(1);
  });

  it.each(['exec', 'container'] as const)('to remove its container of mode %s, has it removed by its end', async (mode) => {
    const executor = dockerExecutor(through(mode));
    daemon.stand(STEPS.remove, { status: 500 });
    await executor.exec(':');
    await executor.close();
    expect(daemon.answered).toBeGreaterThan(0);
    await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
  });

  it.each(['exec', 'container'] as const)('to say how a command of mode %s ended, leaves it unknown', async (mode) => {
    await using executor = dockerExecutor(through(mode));
    daemon.stand(STEPS.inspectExec, { status: 500 });
    const { outcome, reason, stdout } = await executor.exec('echo on');
    daemon.passAll();
    expect([outcome, reason, stdout.text]).toEqual(['unknown', '500 from a test', 'on\n']);
    expect((await executor.exec('echo next')).ok).toBe(true);
  });

  it.each([
    ['exec', 'makeExec'],
    ['exec', 'startExec'],
    ['container', 'startExec'],
  ] as const)('in mode %s at the step %s, keeps no command beyond its startTimeoutMs, and the next works', async (mode, step) => {
    await using executor = dockerExecutor(through(mode));
    await executor.exec(':');
    daemon.stand(STEPS[step], 'never');
    await expect(executor.exec(':', { startTimeoutMs: 500 })).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT' });
    daemon.passAll();
    expect((await executor.exec('echo next')).stdout.text).toBe('next\n');
  });

  it('is given up by itself, so that it does not keep those that come later', async () => {
    const [lists, images] = await Promise.all([1, 2].map(() => DaemonInBetween.start(host.server.socketPath)));
    lists?.stand(STEPS.list, 'never');
    images?.stand(STEPS.image, 'never');
    await using one = dockerExecutor(through('exec', lists));
    await using two = dockerExecutor(through('exec', images));
    const told = expect(two.exec(':')).rejects.toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringContaining('answers none') });
    expect((await one.exec('echo on')).stdout.text).toBe('on\n');
    await told;
    await Promise.all([lists?.stop(), images?.stop()]);
  });

  it('but a bound that its kernel has not, tells the logger once', async () => {
    const warnings: string[] = [];
    const none = (): void => {};
    const logger = { debug: none, info: none, warn: (_fields: object, text: string) => void warnings.push(text), error: none };
    const executor = dockerExecutor({ ...through('container'), logger });
    const spec = { Image: 'errand/busybox', Entrypoint: ['/bin/sh'], OpenStdin: true, StdinOnce: true, User: '65534:65534' };
    const HostConfig = { NetworkMode: 'none', AutoRemove: true };
    for (let i = 0; i < 2; i += 1) {
      const { Id } = await host.server.api.post<{ Id: string }>('/containers/create', { ...spec, HostConfig });
      daemon.stand(STEPS.create, { status: 201, body: { Id, Warnings: ['Limitation discarded.'] } });
      expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    }
    await executor.close();
    expect(warnings).toEqual(['The Docker daemon warns: Limitation discarded.']);
  });

  it('whose API is too old to bound a container, makes none', async () => {
    await using executor = dockerExecutor(through('container'));
    daemon.stand(/^GET \/version/, { status: 200, body: { ApiVersion: '1.24' } });
    await expect(executor.exec(':')).rejects.toMatchObject({
      code: 'EXEC_NOT_SUPPORTED',
      message: expect.stringMatching(/speaks version 1\.24 .* needs 1\.35/),
    });
    const message = 'client version 1.52 is too new. Maximum supported API version is 1.41';
    daemon.stand(/^(GET|POST) /, { status: 400, body: { message } });
    await expect(executor.exec(':')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining(message) });
    daemon.passAll();
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
  });
});
