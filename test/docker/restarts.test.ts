import { randomInt } from 'node:crypto';
import { dockerExecutor } from '@errand/backend-docker';
import type { ExecResult, Execution, Executor } from '@errand/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { processFile, processTable } from '../servers/process-table.ts';
import { TcpProxy } from '../servers/tcp-proxy.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

const PATIENCE = { timeout: 45_000 };
/** The shortest. */
const LIFELINE_MS = 11_000;

async function running(execution: Execution): Promise<Execution> {
  for await (const _chunk of execution) return execution;
  throw new Error('It ended before it printed anything.');
}

/** Commands of this machine, and so of all its containers, that have these words. */
function processes(words: string): string[] {
  return processTable()
    .map(({ pid }) => processFile(pid, 'cmdline').replaceAll('\0', ' '))
    .filter((line) => line.includes(words));
}

describe.skipIf(DockerServer.isSkipped)('under commands that run,', () => {
  let host: DockerHost;
  beforeAll(async () => {
    host = await startDockerHost(['busybox']);
  });
  afterAll(() => host?.stop());

  interface Busy {
    readonly executors: readonly Executor[];
    readonly results: readonly Promise<ExecResult>[];
    /** What nothing else on this machine says. */
    readonly sleep: string;
  }

  /** An executor of each mode, with a command that runs. */
  async function busy(address: string): Promise<Busy> {
    const executors = (['exec', 'container'] as const).map((mode) =>
      dockerExecutor({ ...host.options(), mode, host: address, lifelineMs: LIFELINE_MS }),
    );
    const sleep = `sleep ${randomInt(1e8, 1e9)}`;
    const commands = await Promise.all(executors.map((executor) => running(executor.spawn(`echo on; exec ${sleep}`))));
    expect(processes(sleep)).toHaveLength(2);
    return { executors, results: commands.map(({ result }) => result), sleep };
  }

  async function expectUnknown(results: Busy['results']): Promise<void> {
    for (const { outcome, stdout } of await Promise.all(results)) expect([outcome, stdout.text]).toEqual(['unknown', 'on\n']);
  }

  async function expectNext({ executors }: Pick<Busy, 'executors'>): Promise<void> {
    for (const executor of executors) expect((await executor.exec('echo next')).stdout.text).toBe('next\n');
    await Promise.all(executors.map((executor) => executor.close()));
    await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
  }

  it('a dockerd that is killed makes them unknown, they end without it, and the next work once there is another', async () => {
    const commands = await busy(host.server.host);
    await host.server.kill();
    await expectUnknown(commands.results);
    await expect.poll(() => processes(commands.sleep), PATIENCE).toEqual([]);
    await host.server.start();
    await expectNext(commands);
  }, 120_000);

  it('with live-restore, a dockerd that shuts down and comes back does no less', async () => {
    const { server } = host;
    await server.shutDown();
    await server.start({ liveRestore: true });
    const commands = await busy(server.host);
    await server.shutDown();
    await expectUnknown(commands.results);
    await server.start({ liveRestore: true });
    await expect.poll(() => processes(commands.sleep), PATIENCE).toEqual([]);
    await expectNext(commands);
  }, 120_000);

  it('a connection that hangs half-open makes them unknown, ends them within lifelineMs, and the next have another', async () => {
    const proxy = await TcpProxy.start(host.server.socketPath);
    const commands = await busy(`tcp://127.0.0.1:${proxy.port}`);
    proxy.hold();
    proxy.refuse();
    await expect.poll(() => processes(commands.sleep), PATIENCE).toEqual([]);
    await expectUnknown(commands.results);
    await proxy.accept();
    await expectNext(commands);
    await proxy.stop();
  }, 120_000);

  it('a container that is paused holds up nobody beyond the deadline, is removed, and the next have another', async () => {
    const { api } = host.server;
    const executors = (['exec', 'container'] as const).map((mode) => dockerExecutor({ ...host.options(), mode }));
    const limits = { timeoutMs: 1_000, killGraceMs: 100 };
    const commands = await Promise.all(executors.map((executor) => running(executor.spawn('echo on; sleep 600', limits))));
    for (const id of await api.containers()) await api.post(`/containers/${id}/pause`);
    for (const { outcome, stdout } of await Promise.all(commands.map(({ result }) => result)))
      expect([outcome, stdout.text]).toEqual(['timed-out', 'on\n']);
    await expectNext({ executors });
  }, 120_000);
});
