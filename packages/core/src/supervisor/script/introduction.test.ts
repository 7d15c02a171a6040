import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { startTime } from '../../testing/tools/processes.ts';
import { cleanUp, openSh, startCommand, supervisorRig } from '../../testing/tools/supervisor-rig.ts';
import { POSIX_SHELLS } from '../../testing/tools/test-shells.ts';
import { supervisorSource } from '../script.ts';

afterEach(cleanUp);

const SETTINGS = { executorMarker: '0a1b', silenceSeconds: 0, unregistered: false, nonce: 'f'.repeat(32) };

interface Hello {
  readonly boot: string;
  readonly who: string;
  readonly clock: string;
  readonly pid: number;
}

/** What the supervisor says of itself where some files of /proc are others. */
async function helloOf(sh: string, others: Readonly<Record<string, string>> = {}): Promise<Hello> {
  const source = Object.entries(others).reduce((text, [path, other]) => text.replaceAll(path, other), supervisorSource(SETTINGS));
  const channel = await openSh(sh);
  onTestFinished(async () => {
    channel.stdin.end('Q\n');
    await channel.closed;
  });
  const lines = createInterface({ input: channel.stdout })[Symbol.asyncIterator]();
  channel.stdin.write(source);
  const { value } = await lines.next();
  const [, boot = '', who = '', clock = '', pid] = /^f+ hello (\S+) (\S+) (\S+) \/proc\/(\d+)\/fd\/5$/.exec(value ?? '') ?? [];
  return { boot, who, clock, pid: Number(pid) };
}

function fileWith(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'errand-proc-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'file'), text);
  return join(directory, 'file');
}

describe.each(POSIX_SHELLS)('a supervisor in $name', ({ command: sh }) => {
  test('gives itself a name, and counts time as its kernel does', async () => {
    const { who, clock, pid } = await helloOf(sh);
    expect([who, clock]).toEqual(['errand-ffffffff', 'uptime']);
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('errand-ffffffff\n');
  });

  test('goes by its start time where it cannot name itself', async () => {
    const { who, clock, pid } = await helloOf(sh, { '/proc/self/comm': '/nonexistent/comm' });
    expect([who, clock]).toEqual([startTime(pid), 'uptime']);
  });

  test('tells the boot id of its target, where there is one', async () => {
    const bootId = '/proc/sys/kernel/random/boot_id';
    expect((await helloOf(sh)).boot).toBe(readFileSync(bootId, 'utf8').trim());
    expect((await helloOf(sh, { [bootId]: '/nonexistent' })).boot).toBe('-');
  });

  // Containers may be shown the time since they began (lxcfs), or since another machine did.
  test.each(['1.00 2.00\n', '4000000000.00 2.00\n', 'some time\n', ''])('trusts no uptime that says %j', async (said) => {
    expect((await helloOf(sh, { '/proc/uptime': fileWith(said) })).clock).toBe('stat');
  });

  test.each([-30, 30])('trusts no uptime that is %d s from when it began', async (offset) => {
    const [seconds = ''] = readFileSync('/proc/uptime', 'utf8').split(' ');
    const other = fileWith(`${(Number(seconds) + offset).toFixed(2)} 2.00\n`);
    expect((await helloOf(sh, { '/proc/uptime': other })).clock).toBe('stat');
  });

  test('signals what ran at the moment that a command told, and nobody who began later', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid } = await startCommand(key('a'), 'echo $$; exec sleep 60');
    const born = Number(startTime(pid));
    supervisor.register({ key: key('before'), pid, startTime: String(born - 1), killGraceMs: 1000 });
    expect(await supervisor.signal(key('before'), 'SIG0', 'group')).toBe(false);
    supervisor.register({ key: key('after'), pid, startTime: String(born + 500), killGraceMs: 1000 });
    expect(await supervisor.signal(key('after'), 'SIGKILL', 'group')).toBe(true);
  });
});
