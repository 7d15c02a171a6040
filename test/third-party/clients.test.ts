import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Endpoint } from '../end-to-end/mcp/clients.ts';
import { allGone, pidsIn, STRAYING_PROCESSES, strayingScript, temporaryDirectory } from '../end-to-end/mcp/processes.ts';
import { type ServerProcess, startCliServer, stdioEndpoint } from '../end-to-end/mcp/servers.ts';
import { CLIENTS, type Connection, type OtherClient } from './clients.ts';
import { isAbsent } from './is-absent.ts';

const MANY = 50 * 2 ** 20;
/** Longer than anything here takes. */
const LONG = 20_000;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: ServerProcess;

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startCliServer(join(directory.path, 'state'));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
});

const connections: Readonly<Record<Connection, () => Endpoint>> = {
  HTTP: () => server,
  stdio: () => stdioEndpoint({ XDG_STATE_HOME: directory.path }),
};

describe.each(Object.entries(CLIENTS))('%s', (name, { path, open, progress, cancels }) => {
  describe.skipIf(isAbsent(path, name)).each(['HTTP', 'stdio'] as const)('over %s', (connection) => {
    let client: OtherClient;
    let file = '';
    beforeAll(async () => {
      file = join(directory.path, `${name.replace(/\W+/g, '-')}-${connection}`);
      client = await open(path ?? '', connections[connection]());
    });
    afterAll(async () => await client?.[Symbol.asyncDispose]());

    test('runs a command', async () => {
      const result = await client.call('run_command', { command: 'printf "%s" "$ONE"; echo two >&2; exit 3', env: { ONE: 'o n e' } });
      expect(result).toMatchObject({ outcome: 'exited', exit_code: 3, ok: false, stdout: 'o n e', stderr: 'two\n' });
    });

    test('sees what a command writes while it runs', async () => {
      const gate = `${file}-gate`;
      const command = `echo first; while [ ! -e ${gate} ]; do sleep 0.05; done; echo last`;
      if (progress) {
        const onProgress = vi.fn();
        const result = client.call('run_command', { command }, { onProgress });
        await vi.waitFor(() => expect(onProgress).toHaveBeenCalledWith(expect.stringMatching(/; stdout 6 bytes, stderr 0 bytes: first$/)), {
          timeout: LONG,
        });
        await writeFile(gate, '');
        expect(await result).toMatchObject({ exit_code: 0, stdout: 'first\nlast\n' });
      } else {
        const { job_id } = await client.call('run_command', { command, wait_ms: 0 });
        const first = await client.call('read_output', { job_id, wait_ms: LONG });
        expect(first).toMatchObject({ state: 'running', data: 'first\n' });
        await writeFile(gate, '');
        const last = await client.call('read_output', { job_id, offset: first['next_offset'], wait_ms: LONG });
        expect(last).toMatchObject({ data: 'last\n' });
      }
    });

    test.runIf(connection === 'HTTP')(
      'reads a job of 50 MiB to the last byte',
      async () => {
        const command = `head -c ${MANY} /dev/urandom | tee ${file}-blob; sha256sum ${file}-blob >&2; rm ${file}-blob`;
        const { job_id } = await client.call('run_command', { command, wait_ms: 0 });
        const hash = createHash('sha256');
        let offset = 0;
        for (let atEnd = false; !atEnd; ) {
          const page = await client.call('read_output', { job_id, offset, max_bytes: 65_536, encoding: 'base64', wait_ms: LONG });
          expect([page['offset'], page['gone_bytes']]).toEqual([offset, undefined]);
          hash.update(String(page['data']), 'base64');
          offset = Number(page['next_offset']);
          atEnd = page['at_end'] === true;
        }
        expect(offset).toBe(MANY);
        const { data } = await client.call('read_output', { job_id, stream: 'stderr' });
        expect(data).toBe(`${hash.digest('hex')}  ${file}-blob\n`);
      },
      60_000,
    );

    test('ends a job, and nothing of it stays', async () => {
      const command = strayingScript(`${file}-job`);
      const { job_id } = await client.call('run_command', { command, wait_ms: 0 });
      const pids = await pidsIn(`${file}-job`, STRAYING_PROCESSES);
      await client.call('signal_job', { job_id });
      await allGone(pids, LONG);
    });

    // The last: a client that times out closes its connection.
    test.runIf(cancels.includes(connection))('cancels a call, and nothing of its command stays', async () => {
      const giveUp = new AbortController();
      const result = client
        .call('run_command', { command: strayingScript(`${file}-pids`) }, { givenUp: giveUp.signal, giveUpAfterMs: 6_000 })
        .then(() => 'answered')
        .catch(() => 'given up');
      const pids = await pidsIn(`${file}-pids`, STRAYING_PROCESSES);
      giveUp.abort();
      expect(await result).toBe('given up');
      await allGone(pids, LONG);
    });
  });
});
