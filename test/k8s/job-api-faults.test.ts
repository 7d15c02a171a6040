import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutputChunk } from '@errand/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { kubeconfig } from '../servers/kubernetes/settings.ts';
import { KubernetesServer } from '../servers/kubernetes.ts';
import { ApiProxy } from './api-proxy.ts';
import { hasBegun, JobHost, poll } from './job-host.ts';
import { type K8sHost, makeToken, startK8sHost } from './k8s-host.ts';

/** What a cluster is made of may have to be built first. */
const START_MS = 1_800_000;
const COUNTING = 'i=0; while [ $i -lt 80 ]; do echo $i; i=$((i+1)); sleep 0.1; done';
const COUNTED = `${Array.from({ length: 80 }, (_, i) => i).join('\n')}\n`;

describe.skipIf(KubernetesServer.isSkipped)('a Job whose client and API do not understand each other well', { timeout: 200_000 }, () => {
  let host: K8sHost;
  let jobs: JobHost;
  let proxy: ApiProxy;

  beforeAll(async () => {
    host = await startK8sHost(['busybox'], { mode: 'job' });
    jobs = new JobHost(host);
    proxy = await ApiProxy.start(host.server);
  }, START_MS);
  afterAll(async () => {
    await proxy?.close();
    await host?.stop();
  }, 60_000);
  afterEach(async () => {
    proxy.faultOf = () => undefined;
    proxy.stall = undefined;
    await jobs.close();
  }, 60_000);

  /** A kubeconfig of who comes by the proxy, with a token or that of the host. */
  async function file(token?: string): Promise<string> {
    const path = join(host.server.directory, `${randomBytes(4).toString('hex')}.kubeconfig`);
    writeToken(path, token ?? (await makeToken(host.server, host.namespace)));
    return path;
  }

  function writeToken(path: string, token: string): void {
    const config = JSON.parse(kubeconfig(proxy.url, { ca: host.server.ca }, { token, namespace: host.namespace }));
    // The vendor's client takes plain HTTP for no cluster otherwise.
    config.clusters[0].cluster = { server: proxy.url, 'insecure-skip-tls-verify': true };
    writeFileSync(path, JSON.stringify(config));
  }

  test('has all of its output where watch and log are cut every second', async () => {
    let cuts = 0;
    proxy.faultOf = ({ path }) => {
      if (!/watch=true|\/log\?/.test(path)) return undefined;
      cuts += 1;
      return { cutAfterMs: 1_000 };
    };
    const result = await jobs.executor({ kubeconfig: await file() }).exec(COUNTING);
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(result.stdout.text).toBe(COUNTED);
    expect(cuts).toBeGreaterThan(10);
  });

  test('loses nothing of a spooled stream that comes long after the other one has told the end', async () => {
    const bytes = 256 * 2 ** 20;
    // Meanwhile the command ends, and then most of its output is still to come.
    proxy.stall = { afterBytes: 2 ** 20, ms: 8_000 };
    const executor = jobs.executor({ kubeconfig: await file(), largeOutput: true });
    const arrived = { stdout: 0, stderr: 0 };
    const onOutput = ({ stream, data }: OutputChunk): void => {
      arrived[stream] += data.length;
    };
    const { outcome, stdout } = await executor.exec(`head -c ${bytes} /dev/zero; echo over >&2`, { onOutput });
    expect([outcome, stdout.totalBytes, arrived]).toEqual(['exited', bytes, { stdout: bytes, stderr: 5 }]);
  });

  test('is told of in the end where the API answers 429 most of the time', async () => {
    // By what is asked for: a count of all would refuse one of them more often than it is tried.
    const asked = new Map<string, number>();
    proxy.faultOf = ({ method, path }) => {
      const what = `${method} ${path}`;
      const times = (asked.get(what) ?? 0) + 1;
      asked.set(what, times);
      return times % 3 === 0 ? undefined : { status: 429, retryAfter: 1 };
    };
    const executor = jobs.executor({ kubeconfig: await file() });
    for (const word of ['one', 'two']) expect((await executor.exec(`echo ${word}`)).stdout.text).toBe(`${word}\n`);
  });

  test('certainly did not start where the API answers nothing but 429, which is told within startTimeoutMs', async () => {
    proxy.faultOf = () => ({ status: 429, retryAfter: 1 });
    const executor = jobs.executor({ kubeconfig: await file() });
    await expect(executor.exec(':', { startTimeoutMs: 60_000 })).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
    proxy.faultOf = () => undefined;
    expect(await executor.exec('echo next')).toMatchObject({ ok: true });
  });

  test('certainly did not start where its stdin never gets there', async () => {
    let tries = 0;
    proxy.faultOf = ({ path }) => {
      if (!path.includes('/exec')) return undefined;
      tries += 1;
      return { status: 503 };
    };
    const execution = jobs.executor({ kubeconfig: await file() }).spawn('cat', { stdin: Buffer.alloc(1_000_000), startTimeoutMs: 5_000 });
    await expect(execution.result).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT' });
    expect(tries).toBeGreaterThan(0);
    expect(await jobs.objects('job', execution)).toEqual([]);
  });

  test('is made once where the answer to each try of making it is lost', async () => {
    let made = 0;
    proxy.faultOf = ({ method, path }) => {
      if (method !== 'POST' || !path.includes('/jobs') || made === 2) return undefined;
      made += 1;
      return { lost: async () => {} };
    };
    const execution = jobs.executor({ kubeconfig: await file() }).spawn('echo once');
    expect((await execution.result).stdout.text).toBe('once\n');
    expect(made).toBe(2);
    expect(await jobs.objects('job', execution)).toHaveLength(1);
    expect(await jobs.objects('pod', execution)).toHaveLength(1);
  });

  test('goes on where its client’s token has expired, and is followed with the next', async () => {
    const secrets = `/api/v1/namespaces/${host.namespace}/secrets`;
    const { metadata } = await host.server.api.create<{ metadata: { uid: string } }>(secrets, { metadata: { name: 'bound' } });
    // No token may be asked for that ends within ten minutes: this one ends with what it is bound to.
    const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name: 'bound', uid: metadata.uid };
    const { status } = await host.server.api.create<{ status: { token: string } }>(
      `/api/v1/namespaces/${host.namespace}/serviceaccounts/errand/token`,
      { spec: { boundObjectRef } },
    );
    const path = await file(status.token);
    let refused = 0;
    const executor = jobs.executor({ kubeconfig: path });
    const execution = executor.spawn(COUNTING.replace('80', '300'));
    await hasBegun(execution);
    await host.server.api.remove(`${secrets}/bound`);
    proxy.faultOf = ({ path: asked }) => (/watch=true|\/log\?/.test(asked) ? { cutAfterMs: 500 } : undefined);
    await poll('it is known no more', async () => {
      refused += await fetch(`${proxy.url}/api/v1/namespaces/${host.namespace}/pods`, {
        headers: { authorization: `Bearer ${status.token}` },
      }).then((answer) => Number(answer.status === 401));
      return refused > 0;
    });
    await delay(1_000);
    writeToken(path, await makeToken(host.server, host.namespace));
    const result = await execution.result;
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(result.stdout.text).toBe(`${Array.from({ length: 300 }, (_, i) => i).join('\n')}\n`);
    expect((await executor.exec('echo next')).stdout.text).toBe('next\n');
  });

  test('that certainly did not start says so, though it is long before its removal is answered', async () => {
    const executor = jobs.executor({ kubeconfig: await file() });
    const execution = executor.spawn(['errand-no-such-program']);
    let held = 0;
    proxy.faultOf = ({ method, path }) => {
      if (method !== 'DELETE' || !path.includes('/jobs/') || held > 0) return undefined;
      held += 1;
      return {
        lost: async () => {
          await poll('its pod is gone', async () => (await jobs.objects('pod', execution)).length === 0);
          // By then the log has no more to say either.
          await delay(2_000);
        },
      };
    };
    await expect(execution.result).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND', detail: { what: 'program' } });
    expect(held).toBe(1);
  });

  test('whose client was killed before it heard that it was made runs once, for who submits it again', async () => {
    const wasMade = Promise.withResolvers<void>();
    const killed = Promise.withResolvers<void>();
    proxy.faultOf = ({ method, path }) => {
      if (method !== 'POST' || !path.includes('/jobs')) return undefined;
      return {
        lost: async (status) => {
          if (status === 201) wasMade.resolve();
          await killed.promise;
        },
      };
    };
    const options = { ...host.options(), kubeconfig: await file() };
    const idempotencyKey = randomBytes(9).toString('hex');
    const command = 'cat /proc/sys/kernel/random/uuid';
    const words = [JSON.stringify(options), command, JSON.stringify({ idempotencyKey })];
    const client = spawn(process.execPath, ['--conditions=@errand/source', resolve('test/k8s/holding-client.fixture.ts'), ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await wasMade.promise;
    client.kill('SIGKILL');
    await once(client, 'exit');
    killed.resolve();
    proxy.faultOf = () => undefined;
    const [first, second] = await Promise.all([1, 2].map(() => jobs.executor().exec(command, { idempotencyKey })));
    expect(first).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(second?.stdout.text).toBe(first?.stdout.text);
    expect(await jobs.objects('pod', { id: first?.executionId ?? '' })).toHaveLength(1);
  });
});
