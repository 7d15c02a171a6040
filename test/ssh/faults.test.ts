import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type SshExecutorOptions, sshExecutor } from '@errand/backend-ssh';
import type { Executor } from '@errand/core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { TcpProxy } from '../servers/tcp-proxy.ts';
import { optionsFor, type SshHost, startSshHost } from './ssh-host.ts';

/** What `md5sum` says of so many zeros. */
const ZEROS = { bytes: 64 * 1024 * 1024, md5: '7f614da9329cd3aebf59b91aadc30bf0' };

describe.skipIf(SshServer.isSkipped)('faults of hosts and networks', () => {
  let host: SshHost;
  let proxy: TcpProxy;
  const executors: Executor[] = [];
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    host = await startSshHost(['dash']);
    proxy = await TcpProxy.start(host.server.port);
  });

  afterEach(async () => {
    await Promise.all(executors.splice(0).map((executor) => executor.close()));
    for (const stop of stops.splice(0)) await stop();
    await vi.waitUntil(() => host.server.connections().length === 0 && host.server.commands().length === 0, { timeout: 20_000 });
  });

  afterAll(async () => {
    await proxy?.stop();
    await host?.stop();
  });

  function open(options: Partial<SshExecutorOptions> = {}): Executor {
    const executor = sshExecutor({ ...host.options(), port: proxy.port, lifelineMs: 11_000, ...options });
    executors.push(executor);
    return executor;
  }

  async function goesOn(executor: Executor): Promise<void> {
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
  }

  test('a connection that is cut anywhere: what certainly did not start is refused, the rest is over or unknown, nothing runs twice', async () => {
    const executor = open();
    await goesOn(executor);
    const ledger = join(host.accounts.of('dash').home, 'ledger');
    for (let bytes = 100; bytes < 6_000; bytes += 350) {
      for (const direction of ['toServer', 'toClient'] as const) {
        await rm(ledger, { force: true });
        proxy.after(direction, bytes, bytes % 700 === 100 ? 'cut' : 'reset');
        const end = await executor.exec(`echo ran >>${ledger}; head -c 3000 /dev/zero`).catch((fault: unknown) => fault);
        const ran = await readFile(ledger, 'utf8').catch(() => '');
        expect(['', 'ran\n'], `${direction} ${bytes}`).toContain(ran);
        if (!(end instanceof Error)) expect(['exited', 'unknown'], `${direction} ${bytes}`).toContain(Object(end).outcome);
        else
          expect({ end, ran }, `${direction} ${bytes}`).toMatchObject({
            end: { code: expect.stringMatching(/^EXEC_(CONNECT|UNAVAILABLE)$/) },
            ran: '',
          });
        // Past what it may have been, so that the next round begins whole.
        proxy.cut();
        // What is sent before this side sees the cut is unknown.
        await vi.waitFor(() => goesOn(executor), { timeout: 5_000, interval: 20 });
      }
    }
  }, 120_000);

  test('a connection that is cut while a terminal opens: what is refused did not begin, and the rest is over or unknown', async () => {
    const executor = open();
    await goesOn(executor);
    const ledger = join(host.accounts.of('dash').home, 'ledger');
    const seen = new Set<string>();
    for (let bytes = 100; bytes < 5_000; bytes += 350) {
      for (const direction of ['toServer', 'toClient'] as const) {
        await rm(ledger, { force: true });
        proxy.after(direction, bytes, 'cut');
        const end = await executor.openTerminal({ command: `echo ran >>${ledger}; head -c 3000 /dev/zero` }).then(
          async ({ stream, result }) => {
            stream.resume();
            return await result;
          },
          (fault: Error) => fault,
        );
        const ran = await readFile(ledger, 'utf8').catch(() => '');
        expect(['', 'ran\n'], `${direction} ${bytes}`).toContain(ran);
        if (end instanceof Error)
          expect({ end, ran }, `${direction} ${bytes}`).toMatchObject({ end: { code: expect.any(String) }, ran: '' });
        seen.add(end instanceof Error ? 'refused' : end.outcome);
        proxy.cut();
        await vi.waitFor(() => goesOn(executor), { timeout: 5_000, interval: 20 });
      }
    }
    expect([...seen]).toEqual(expect.arrayContaining(['exited', 'unknown']));
  }, 120_000);

  test('a connection that is silent is lost after 45 s, and the command is gone from the host', async () => {
    const executor = open();
    const execution = executor.spawn('echo on; sleep 100');
    await execution[Symbol.asyncIterator]().next();
    proxy.hold();
    const result = await execution.result;
    expect(result).toMatchObject({ outcome: 'unknown', stdout: { totalBytes: 3 } });
    expect(result.reason).toContain('for 45 s');
    // Its server still waits for us, and would for hours: the supervisor did not.
    expect(host.server.commands()).toEqual([]);
    proxy.cut();
    await goesOn(executor);
  }, 120_000);

  test('a server that is restarted lets what runs go on, and takes new commands', async () => {
    const executor = open();
    const execution = executor.spawn('echo on; sleep 1; echo over');
    await execution[Symbol.asyncIterator]().next();
    await host.server.stopListening();
    await host.server.start();
    expect((await execution.result).stdout.text).toBe('on\nover\n');
    await goesOn(executor);
  });

  test('keys that are exchanged anew in the middle of a stream change no byte', async () => {
    const rekeying = await SshServer.start(['RekeyLimit 3M']);
    stops.push(() => rekeying.stop());
    const executor = sshExecutor(optionsFor(rekeying, host.accounts.of('dash')));
    executors.push(executor);
    const down = await executor.exec(`head -c ${ZEROS.bytes} /dev/zero`, { maxOutputBytes: 1_000 });
    expect(down.stdout.totalBytes).toBe(ZEROS.bytes);
    const up = await executor.exec('md5sum', { stdin: Buffer.alloc(ZEROS.bytes) });
    expect(up.stdout.text).toBe(`${ZEROS.md5}  -\n`);
  }, 120_000);

  test('latency of 50 ms, and a side that reads nothing for a while, change no byte', async () => {
    const zeros = Buffer.alloc(12 * 1024 * 1024);
    const sum = createHash('md5').update(zeros).digest('hex');
    const executor = open();
    await goesOn(executor);
    proxy.latencyMs = 50;
    try {
      const coming = Promise.withResolvers<void>();
      const script = `head -c ${zeros.length} /dev/zero | tee /dev/stderr | md5sum >&2`;
      const down = executor.spawn(script, { maxOutputBytes: 1_000, onOutput: () => coming.resolve() });
      const up = executor.spawn('md5sum', { stdin: zeros });
      await coming.promise;
      proxy.hold('toClient');
      // For as long as that takes; it goes another way.
      const beside = open({ port: host.server.port });
      await beside.exec('sleep 0.5');
      proxy.release('toClient');
      const [{ stderr }, { stdout }] = await Promise.all([down.result, up.result]);
      expect(stderr.totalBytes).toBe(zeros.length + `${sum}  -\n`.length);
      expect(stderr.text).toContain(sum);
      expect(stdout.text).toBe(`${sum}  -\n`);
    } finally {
      proxy.latencyMs = 0;
    }
    await goesOn(executor);
  }, 120_000);
});
