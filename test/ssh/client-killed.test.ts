import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

/** Strays in every way there is, and tells when it has. */
const STRAYS = 'sleep 67 & setsid sleep 67 & (trap "" TERM; echo on; sleep 67) & exec sleep 67';
const CLIENT = `
  import { sshExecutor } from '@errand/backend-ssh';
  const executor = sshExecutor(JSON.parse(process.argv[1]));
  const said = (execution) => execution[Symbol.asyncIterator]().next();
  const session = await executor.openSession();
  await session.exec('sleep 67 &');
  await said(session.spawn(${JSON.stringify(STRAYS)}));
  await said(executor.spawn(${JSON.stringify(STRAYS)}));
  await said(executor.spawn(${JSON.stringify(STRAYS)}, { stdin: 'pipe' }));
  const terminal = await executor.openTerminal({ command: 'echo on; sleep 67' });
  await new Promise((resolve) => terminal.stream.once('data', resolve));
  console.log('ready');
`;

describe.skipIf(SshServer.isSkipped)('a client over SSH', () => {
  let host: SshHost;

  beforeAll(async () => {
    host = await startSshHost(['dash']);
  });

  afterAll(() => host?.stop());

  test.each([
    ['is killed', 'SIGKILL'],
    ['hangs, with its connections open,', 'SIGSTOP'],
  ] as const)(
    'that %s leaves nothing on the host',
    async (_how, signal) => {
      const options = JSON.stringify({ ...host.options(), shells: {}, lifelineMs: 11_000, defaults: { killGraceMs: 300 } });
      const node = ['--conditions=@errand/source', '--input-type=module', '-e', CLIENT, options];
      const client = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'inherit'] });
      onTestFinished(() => void client.kill('SIGKILL'));
      await once(createInterface({ input: client.stdout }), 'line');
      expect(host.server.commands().length).toBeGreaterThan(10);
      client.kill(signal);
      // The lifeline, and the time for which what shows late is looked for.
      await expect.poll(() => host.server.commands(), { timeout: 40_000, interval: 200 }).toEqual([]);
    },
    60_000,
  );
});
