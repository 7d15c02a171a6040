import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import { type ExecError, type ExecResult, isExecError } from '@errand/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { TcpProxy } from '../servers/tcp-proxy.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

const PATIENCE = { timeout: 25_000 };
const BYTES = 3_000;
/** Says on the daemon's machine that it ran, each time. */
const COMMAND = `echo ran >>/shared/ran; head -c ${BYTES} /dev/zero`;
const NEVER = Number.POSITIVE_INFINITY;

/** Of all that goes this way for one command, from its container's creation to its exit: in each of its steps. */
const CUTS = { toClient: [0, 0.25, 0.33, 0.43, 0.47, 0.65, 0.86], toServer: [0.05, 0.5, 0.95] } as const;

describe.skipIf(DockerServer.isSkipped)('a connection to a daemon that is lost', () => {
  let host: DockerHost;
  let proxy: TcpProxy;
  let shared: string;
  let ran: string;
  beforeAll(async () => {
    host = await startDockerHost(['busybox']);
    shared = await mkdtemp(join(tmpdir(), 'errand-shared-'));
    ran = join(shared, 'ran');
    await writeFile(ran, '');
    await Promise.all([chmod(shared, 0o755), chmod(ran, 0o666)]);
  });
  afterAll(async () => {
    await host?.stop();
    await rm(shared, { recursive: true });
  });
  beforeEach(async () => {
    proxy = await TcpProxy.start(host.server.socketPath);
  });
  afterEach(() => proxy.stop());

  function through(mode: 'exec' | 'container'): DockerExecutorOptions {
    const mounts = [{ source: shared, target: '/shared', readOnly: false }];
    return { ...host.options(), mode, host: `tcp://127.0.0.1:${proxy.port}`, mounts };
  }

  async function bytesOf(mode: 'exec' | 'container'): Promise<Record<'toClient' | 'toServer', number>> {
    await using executor = dockerExecutor(through(mode));
    await executor.exec(COMMAND, { check: true });
    return { ...proxy.passed };
  }

  /** What a caller may be told: the truth, or that nobody knows. */
  function checkEnd(end: ExecResult | ExecError, times: number): void {
    if (isExecError(end)) {
      expect(end.code).toMatch(/^EXEC_(CONNECT|UNAVAILABLE)$/);
      expect(times).toBe(0);
    } else if (end.outcome === 'exited') expect({ bytes: end.stdout.totalBytes, times }).toEqual({ bytes: BYTES, times: 1 });
    else {
      expect(end.outcome).toBe('unknown');
      expect(times).toBeLessThanOrEqual(1);
    }
  }

  it.each(['exec', 'container'] as const)(
    'after any byte of a command (mode %s) ends it right or as unknown, leaves nothing, and the next command works',
    async (mode) => {
      const all = await bytesOf(mode);
      const ways = ['toClient', 'toServer'] as const;
      const cuts = ways.flatMap((way) => CUTS[way].map((part) => ({ way, bytes: Math.floor(all[way] * part) })));
      // What the modes have in common need not be tried twice.
      const tried = mode === 'exec' ? cuts : cuts.filter((_cut, i) => i % 2 === 0);
      for (const [i, { way, bytes }] of tried.entries()) {
        await writeFile(ran, '');
        const executor = dockerExecutor(through(mode));
        proxy.after(way, bytes, i % 2 ? 'reset' : 'cut');
        const end = await executor.exec(COMMAND, { startTimeoutMs: 20_000, timeoutMs: 20_000 }).catch((fault: ExecError) => fault);
        proxy.after(way, NEVER, 'cut');
        expect((await executor.exec('echo next')).stdout.text).toBe('next\n');
        await executor.close();
        await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
        checkEnd(end, (await readFile(ran, 'utf8')).split('\n').length - 1);
      }
    },
    120_000,
  );
});
