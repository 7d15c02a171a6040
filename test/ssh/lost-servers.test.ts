import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SshExecutor, sshExecutor } from '@errand/backend-ssh';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { processTable, signalProcess } from '../servers/process-table.ts';
import { SshServer } from '../servers/sshd.ts';
import { TcpProxy } from '../servers/tcp-proxy.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

describe.skipIf(SshServer.isSkipped)('a server that is lost under a command', () => {
  let host: SshHost;
  let proxy: TcpProxy;
  let executor: SshExecutor;
  let ledger: string;

  beforeAll(async () => {
    host = await startSshHost(['dash']);
    proxy = await TcpProxy.start(host.server.port);
    ledger = join(host.accounts.of('dash').home, 'ledger');
  });

  beforeEach(async () => {
    executor = sshExecutor({ ...host.options(), port: proxy.port, lifelineMs: 11_000, shells: {}, defaults: { killGraceMs: 300 } });
    await executor.exec(`: >${ledger}`);
  });

  afterEach(async () => {
    await executor.close();
    await expect.poll(() => [host.server.connections(), host.server.commands()], { timeout: 20_000 }).toEqual([[], []]);
  });

  afterAll(async () => {
    await proxy?.stop();
    await host?.stop();
  });

  const losses: Readonly<Record<string, () => Promise<void>>> = {
    // What runs as the account, and has the pipes of all channels.
    'whose process for the connection is killed': async () => {
      const first = host.server.connections();
      for (const { pid, parent } of processTable()) if (first.includes(parent)) signalProcess(pid, 'SIGKILL');
    },
    'that is killed with all its connections, and started again': async () => {
      await host.server.kill();
      await host.server.start();
    },
  };

  test.each(Object.keys(losses))(
    '%s makes what runs unknown, ends it, and takes the next command; detached ones go on',
    async (how) => {
      const session = await executor.openSession();
      const detached = executor.spawn('echo on; until [ -e go ]; do sleep 0.05; done; echo over', { detached: true, keepMs: 1_000 });
      const executions = [
        executor.spawn(`echo ran >>${ledger}; echo on; sleep 67`),
        executor.spawn(`read -r line; echo ran >>${ledger}; echo on; sleep 67`, { stdin: 'x\n' }),
        session.spawn(`echo ran >>${ledger}; echo on; sleep 67`),
        detached,
      ];
      for (const execution of executions) await execution[Symbol.asyncIterator]().next();
      await losses[how]?.();
      const results = await Promise.all(executions.map(({ result }) => result));
      expect(results.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
      await expect(session.exec('true')).rejects.toMatchObject({ code: 'EXEC_SESSION_CLOSED' });
      const attached = await executor.attach(detached.id);
      await executor.files.write('go', '');
      expect(await attached.result).toMatchObject({ outcome: 'exited', stdout: { text: 'on\nover\n' } });
      await executor.files.remove('go');
      expect(await readFile(ledger, 'utf8')).toBe('ran\nran\nran\n');
    },
    60_000,
  );

  test('whose answer alone is lost: the command ran, once, and is unknown', async () => {
    const session = await executor.openSession();
    const ways: Readonly<Record<string, (script: string) => Promise<unknown>>> = {
      session: (script) => session.exec(script),
      process: (script) => executor.exec(`read -r line; ${script}`, { stdin: 'x\n' }),
      warm: (script) => executor.exec(script),
    };
    const go = join(host.accounts.of('dash').home, 'go');
    for (const [way, run] of Object.entries(ways)) {
      const result = run(`echo ${way} >>${ledger}; until [ -e ${go} ]; do sleep 0.05; done; echo ${way} over >>${ledger}`);
      await expect.poll(() => readFile(ledger, 'utf8'), { timeout: 20_000 }).toMatch(new RegExp(`${way}\n$`));
      // From here on the server speaks to nobody.
      proxy.hold('toClient');
      await writeFile(go, '');
      await expect.poll(() => readFile(ledger, 'utf8'), { timeout: 20_000 }).toMatch(new RegExp(`${way} over\n$`));
      proxy.cut();
      expect(await result).toMatchObject({ outcome: 'unknown' });
      await rm(go);
    }
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    expect(await readFile(ledger, 'utf8')).toBe(
      Object.keys(ways)
        .map((way) => `${way}\n${way} over\n`)
        .join(''),
    );
  }, 60_000);
});
