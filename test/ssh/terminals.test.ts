import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type SshExecutorOptions, sshExecutor } from '@errand/backend-ssh';
import type { Executor, Terminal } from '@errand/core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { processFile, processTable } from '../servers/process-table.ts';
import type { LoginShell } from '../servers/ssh-accounts.ts';
import { SshServer } from '../servers/sshd.ts';
import { optionsFor, type SshHost, startSshHost } from './ssh-host.ts';

const FOREVER = 'trap "" HUP; echo on; while :; do sleep 0.1; done';

describe.skipIf(SshServer.isSkipped)('terminals over SSH', () => {
  const executors: Executor[] = [];
  let host: SshHost;

  beforeAll(async () => {
    host = await startSshHost(['dash', 'bash', 'fish']);
  });

  afterEach(async () => {
    await Promise.all(executors.splice(0).map((executor) => executor.close()));
    await vi.waitUntil(() => host.server.connections().length === 0 && host.server.commands().length === 0, { timeout: 5_000 });
  });

  afterAll(async () => {
    if (!host) return;
    const { name } = host.accounts.of('fish');
    await host.stop();
    // fish makes it for an account that has no XDG_RUNTIME_DIR.
    await rm(join('/tmp', `fish.${name}`), { recursive: true, force: true });
  });

  function open(shell: LoginShell = 'dash', more: Partial<SshExecutorOptions> = {}, server: SshServer = host.server): Executor {
    const executor = sshExecutor({ ...optionsFor(server, host.accounts.of(shell)), defaults: { killGraceMs: 250 }, ...more });
    executors.push(executor);
    return executor;
  }

  async function firstOf({ stream }: Terminal): Promise<string> {
    return new Promise((resolve) => stream.once('data', (chunk) => resolve(String(chunk))));
  }

  test('have the login shell of the account, whatever it is', async () => {
    const terminal = await open('fish').openTerminal();
    const printed = text(terminal.stream);
    terminal.stream.write('echo "fish $version"; exit (math 2 + 1)\n');
    expect((await terminal.result).exitCode).toBe(3);
    expect(await printed).toMatch(/fish \d+\.\d/);
  });

  test('show nothing of what an rc file prints or does before the command', async () => {
    await writeFile(join(host.accounts.of('bash').home, '.bashrc'), 'echo welcome; stty -echo\n');
    const terminal = await open('bash').openTerminal({ command: 'echo on' });
    expect(await text(terminal.stream)).toBe('on\r\n');
  });

  test('have no value of env in a command line on the host, nor in what the server logs', async () => {
    const executor = open();
    let isOpening = true;
    const over = (): void => {
      isOpening = false;
    };
    const opening = executor.openTerminal({ command: FOREVER, env: { SECRET: 'hidden-5d1' } });
    opening.then(over, over);
    while (isOpening) {
      for (const { pid } of processTable()) expect(processFile(pid, 'cmdline')).not.toContain('hidden-5d1');
      await new Promise((resolve) => setImmediate(resolve));
    }
    const terminal = await opening;
    expect(await firstOf(terminal)).toBe('on\r\n');
    expect(host.server.log).not.toContain('hidden-5d1');
    await terminal.close();
  });

  test('may be many, with commands beside them', async () => {
    const executor = open();
    const terminals = await Promise.all(Array.from({ length: 12 }, () => executor.openTerminal({ command: FOREVER })));
    expect((await executor.exec('echo beside')).stdout.text).toBe('beside\n');
    await Promise.all(terminals.map((terminal) => terminal.close()));
    expect(new Set((await Promise.all(terminals.map(({ result }) => result))).map(({ outcome }) => outcome))).toEqual(
      new Set(['cancelled']),
    );
  });

  test('that lose their connection end as unknown, and so does all that runs in them', async () => {
    const executor = open();
    const terminal = await executor.openTerminal({ command: `echo $$; ${FOREVER}` });
    const pid = (await firstOf(terminal)).split('\r')[0] ?? '';
    expect(processFile(pid, 'stat')).not.toBe('');
    const ended = text(terminal.stream);
    await host.server.killConnections();
    expect(await terminal.result).toMatchObject({ outcome: 'unknown', ok: false });
    expect(await ended).toMatch(/^(on\r\n)?$/);
    await vi.waitUntil(() => processFile(pid, 'stat') === '', { timeout: 5_000 });
    await terminal.resize(10, 10);
    await terminal.close();
  });

  test('are refused where the server gives none, and commands go on', async () => {
    const narrow = await SshServer.start(['PermitTTY no']);
    try {
      const executor = open('dash', {}, narrow);
      await expect(executor.openTerminal()).rejects.toMatchObject({
        code: 'EXEC_NOT_SUPPORTED',
        message: expect.stringContaining('PermitTTY'),
      });
      expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
      await executor.close();
    } finally {
      await narrow.stop();
    }
  });
});
