import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { KubernetesServer } from '../servers/kubernetes.ts';
import { hasBegun, JobHost, jobOf, poll } from './job-host.ts';
import { type K8sHost, startK8sHost, withoutResource } from './k8s-host.ts';

const MIB = 2 ** 20;
/** What a cluster is made of may have to be built first. */
const START_MS = 1_800_000;

describe.skipIf(KubernetesServer.isSkipped)('a Job of its own for each command', { timeout: 120_000 }, () => {
  let host: K8sHost;
  let jobs: JobHost;

  beforeAll(async () => {
    host = await startK8sHost(['busybox'], { mode: 'job' });
    jobs = new JobHost(host);
  }, START_MS);
  afterAll(() => host?.stop(), 60_000);
  afterEach(() => jobs.close(), 60_000);

  test('it gives both streams byte for byte, its exit code, and what it used', async () => {
    const result = await jobs.executor().exec('cat; printf "err\\0" >&2; echo "$SECRET"; exit 3', {
      stdin: Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 256)),
      env: { SECRET: 'a\nb' },
    });
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 3 });
    expect(result.stdout.totalBytes).toBe(100_004);
    expect(Buffer.from(result.stdout.bytes.subarray(-4)).toString()).toBe('a\nb\n');
    expect(Buffer.from(result.stderr.bytes).toString('latin1')).toBe('err\0');
    expect(result.usage?.cpuMs).toBeTypeOf('number');
  });

  test('a stdin of many MiB comes whole, before the command starts', async () => {
    const stdin = randomBytes(24 * MIB + 1);
    const result = await jobs.executor().exec('sha256sum', { stdin });
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(result.stdout.text.slice(0, 64)).toBe(createHash('sha256').update(stdin).digest('hex'));
  });

  test('a stdin that the Role does not let through is EXEC_PERMISSION, says so, and leaves nothing', async () => {
    const kubeconfig = await withoutResource(host, 'job', 'pods/exec');
    const execution = jobs.executor({ kubeconfig }).spawn('cat', { stdin: Buffer.alloc(MIB) });
    const fault = await execution.result.catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'EXEC_PERMISSION' });
    expect(String(fault)).toMatch(/stdin: .*pods\/exec/);
    expect(await jobs.objects('job', execution)).toEqual([]);
    expect((await jobs.executor({ kubeconfig }).exec('cat', { stdin: 'little' })).stdout.text).toBe('little');
  });

  test('env, stdin and script stand in no Job and no Pod, and the Secret is gone when it is over', async () => {
    const word = randomBytes(9).toString('hex');
    const execution = jobs.executor().spawn(`echo on; cat; sleep 8; : ${word}`, { env: { SECRET: word }, stdin: word });
    await hasBegun(execution);
    expect(await jobs.kubectl('get', 'jobs,pods', '-o', 'yaml')).not.toContain(word);
    expect(await jobs.objects('secret', execution)).toHaveLength(1);
    await execution.result;
    await poll('its Secret is gone', async () => (await jobs.objects('secret', execution)).length === 0);
    expect(await jobs.objects('job', execution)).toHaveLength(1);
  });

  test('any client attaches to it by its id, while it runs and after it ended', async () => {
    const execution = jobs.executor().spawn('echo one; sleep 3; echo two; exit 5');
    await hasBegun(execution);
    const other = jobs.executor();
    const attached = await other.attach(execution.id);
    const [first, second] = await Promise.all([execution.result, attached.result]);
    expect(second).toMatchObject({ outcome: 'exited', exitCode: 5 });
    expect(second.stdout.text).toBe('one\ntwo\n');
    expect(first.stdout.text).toBe('one\ntwo\n');
    const late = await (await other.attach(execution.id, { stdoutOffset: 4 })).result;
    expect(late.stdout.text).toBe('two\n');
    expect(late.exitCode).toBe(5);
    await expect(other.attach(`${other.name}-0123456789abcdef0123`)).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
  });

  test('under one key all clients have one Job, also after it ended, and anything else under it is EXEC_CONFLICT', async () => {
    const idempotencyKey = randomBytes(9).toString('hex');
    const options = { idempotencyKey, stdin: 'in', env: { SECRET: 'x' } };
    const command = 'cat; echo "$SECRET"; cat /proc/sys/kernel/random/uuid';
    const results = await Promise.all([jobs.executor(), jobs.executor()].map((one) => one.exec(command, options)));
    const late = await jobs.executor().exec(command, options);
    expect(new Set([...results, late].map(({ executionId }) => executionId)).size).toBe(1);
    expect(new Set([...results, late].map(({ stdout }) => stdout.text)).size).toBe(1);
    await expect(jobs.executor().exec(command, { ...options, env: { SECRET: 'y' } })).rejects.toMatchObject({ code: 'EXEC_CONFLICT' });
  });

  test('what its memory ends is out-of-memory', async () => {
    const result = await jobs.executor().exec('exec tail /dev/zero', { limits: { memoryBytes: 48 * MIB } });
    expect(result.outcome).toBe('out-of-memory');
  });

  test('a Job that is removed under it is told as removed, with the output until then', async () => {
    const execution = jobs.executor().spawn("trap 'echo bye; exit 4' TERM; echo on; while :; do sleep 0.05; done");
    await hasBegun(execution);
    await jobs.kubectl('delete', 'job', jobOf(execution), '--wait=false');
    const result = await execution.result;
    expect(result.cause).toBe('removed');
    expect(result.outcome).toBe('exited');
    expect(result.exitCode).toBe(4);
    expect(result.stdout.text).toBe('on\nbye\n');
  });

  test('a pod that is deleted under it is told as removed, and runs a second time nowhere', async () => {
    const execution = jobs.executor().spawn('echo on; sleep 60');
    await hasBegun(execution);
    await jobs.kubectl('delete', 'pod', '-l', `errand.sh/execution=${jobOf(execution)}`, '--wait=false');
    const result = await execution.result;
    expect(result).toMatchObject({ outcome: 'signaled', cause: 'removed' });
    expect(result.stdout.text).toBe('on\n');
    await delay(3_000);
    const pods = await jobs.objects('pod', execution);
    expect(pods.length).toBeLessThanOrEqual(1);
  });

  test('a pod that is evicted is told as evicted', async () => {
    const execution = jobs
      .executor({ scratch: { '/tmp': { sizeBytes: MIB } } })
      .spawn('echo on; dd if=/dev/zero of=/tmp/f bs=1048576 count=8 2>/dev/null; sleep 120');
    const result = await execution.result;
    expect(result).toMatchObject({ cause: 'evicted' });
  }, 200_000);

  test('a log that is rotated under its reader loses nothing, or what is missing is counted', async () => {
    const result = await jobs
      .executor()
      .exec('i=0; while [ $i -lt 16 ]; do head -c 2097152 /dev/zero; i=$((i+1)); sleep 1; done; echo end', {
        maxOutputBytes: 1_000,
      });
    expect(result.outcome).toBe('exited');
    expect(result.stdout.totalBytes).toBe(16 * 2 * MIB + 4);
  }, 200_000);

  describe('with largeOutput', () => {
    const large = { largeOutput: true } as const;

    test('both streams come byte for byte, as they are written, with the exit code', async () => {
      const execution = jobs.executor(large).spawn('echo on; sleep 2; cat; printf "err\\0" >&2; exit 3', { stdin: 'in' });
      await hasBegun(execution);
      expect(execution.state).toBe('running');
      const result = await execution.result;
      expect(result).toMatchObject({ outcome: 'exited', exitCode: 3 });
      expect(result.stdout.text).toBe('on\nin');
      expect(Buffer.from(result.stderr.bytes).toString('latin1')).toBe('err\0');
      expect((await jobs.kubectl('logs', `job/${jobOf(execution)}`)).length).toBeLessThan(1_000);
    });

    test('nothing is lost of what a node would have rotated away, nor of what a slow reader takes', async () => {
      const bytes = 300 * MIB;
      const execution = jobs.executor(large).spawn(`head -c ${bytes} /dev/zero`);
      let read = 0;
      for await (const { data } of execution) {
        if (read < MIB / 4) await delay(100);
        read += data.length;
      }
      expect(read).toBe(bytes);
      expect(await execution.result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    });

    const phase = (job: string): Promise<string> =>
      jobs.kubectl('get', 'pods', '-l', `errand.sh/execution=${job}`, '-o', 'jsonpath={.items[*].status.phase}');

    test('its pod is over once it was read, and who attaches then learns its end, and how much there was', async () => {
      const execution = jobs.executor(large).spawn('printf 12345; exit 7');
      expect(await execution.result).toMatchObject({ exitCode: 7 });
      await poll('its pod is over', async () => (await phase(jobOf(execution))) === 'Failed');
      const { stdout, exitCode } = await (await jobs.executor().attach(execution.id)).result;
      expect(exitCode).toBe(7);
      expect(stdout).toMatchObject({ totalBytes: 5, omittedBytes: 5 });
    });

    test('who attaches while it waits for a reader gets all; and where its client died it waits for a while only', async () => {
      const client = spawn(
        process.execPath,
        [
          '--conditions=@errand/source',
          resolve('test/k8s/holding-client.fixture.ts'),
          JSON.stringify({ ...host.options(), ...large }),
          'echo running; sleep 1; echo over',
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const [id] = (await once(createInterface({ input: client.stdout }), 'line')) as [string];
      client.kill('SIGKILL');
      await once(client, 'exit');
      const attached = await jobs.executor().attach(id);
      for await (const { data } of attached) if (Buffer.from(data).includes('over')) break;
      expect((await attached.result).stdout.text).toBe('running\nover\n');
      await poll('its pod is over', async () => (await phase(jobOf({ id }))) === 'Succeeded');
    });

    test('where the Role does not let it be read it is counted, and its pod is over within a minute', async () => {
      const execution = jobs
        .executor({ ...large, kubeconfig: await withoutResource(host, 'job', 'pods/exec') })
        .spawn('printf 12345; exit 7');
      expect(await execution.result).toMatchObject({ exitCode: 7, stdout: { totalBytes: 5, omittedBytes: 5 } });
      await poll('its pod is over', async () => (await phase(jobOf(execution))) === 'Failed');
    });

    test('what is cancelled, and what its deadline ends, is told with its output', async () => {
      const abort = new AbortController();
      const cancelled = jobs.executor(large).spawn('echo on; sleep 600', { signal: abort.signal });
      const late = jobs.executor(large).exec('echo on; sleep 600', { timeoutMs: 1_000 });
      await hasBegun(cancelled);
      abort.abort();
      expect(await cancelled.result).toMatchObject({ outcome: 'cancelled' });
      expect(await late).toMatchObject({ outcome: 'timed-out' });
      for (const { stdout } of [await cancelled.result, await late]) expect(stdout.text).toBe('on\n');
    });
  });

  test('a command that was cancelled is gone with its Job’s pod', async () => {
    const abort = new AbortController();
    const execution = jobs.executor().spawn('echo on; exec sleep 600', { signal: abort.signal });
    await hasBegun(execution);
    abort.abort();
    expect((await execution.result).outcome).toBe('cancelled');
    await execution.released;
    await poll(
      'its container ended',
      async () =>
        !(
          await jobs.kubectl('get', 'pods', '-l', `errand.sh/execution=${jobOf(execution)}`, '-o', 'jsonpath={.items[*].status.phase}')
        ).includes('Running'),
    );
  });
});
