import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connect, type TestClient } from '../end-to-end/mcp/clients.ts';
import { STRAYING_PROCESSES, strayingScript } from '../end-to-end/mcp/processes.ts';
import { SystemdMachine } from '../servers/systemd-machine.ts';

const UNIT = new URL('../../packaging/errand.service', import.meta.url);
const CONFIG = 'version: 1\ntargets: { here: { kind: local } }\n';
const PATIENCE = { timeout: 20_000, interval: 100 };
/** The unit's drain, and the time to end what then runs. */
const STOP_MS = 60_000;

describe.skipIf(SystemdMachine.isSkipped)('packaging/errand.service', () => {
  let machine: SystemdMachine;
  let url = '';
  let token = '';
  let client: TestClient | undefined;

  beforeAll(async () => {
    machine = await SystemdMachine.start();
    const unit = await readFile(UNIT, 'utf8');
    await write('/etc/systemd/system/errand.service', unit);
    await write('/etc/errand/errand.yaml', CONFIG);
    // For what commands must not see or write, though the account might.
    await machine.output(['sh', '-c', 'mkdir -m 1777 /srv/open; touch /tmp/of-another; mknod -m 666 /dev/of-another c 1 3']);
    // As the unit says.
    const lines = [...unit.matchAll(/^# {3}(\S.*)$/gm)].map(([, line = '']) => line);
    expect(lines).toEqual([expect.stringMatching(/^useradd /), 'systemctl enable --now errand']);
    for (const line of lines) await machine.output(['sh', '-c', line]);
    const [, create = ''] = /^# A token for a client: sudo -u errand (.*)$/m.exec(unit) ?? [];
    token = await machine.output(['runuser', '-u', 'errand', '--', 'env', ...create.split(' ')]);
    url = `http://127.0.0.1:${await machine.openPort(7330)}`;
    await reconnect();
  }, 120_000);
  afterAll(async () => {
    await client?.[Symbol.asyncDispose]();
    await machine?.[Symbol.asyncDispose]();
  }, 30_000);

  const write = (path: string, text: string): Promise<string> =>
    machine.output(['sh', '-c', `mkdir -p "$(dirname ${path})" && cat >${path}.new && mv ${path}.new ${path}`], text);
  const isWell = (): Promise<void> =>
    vi.waitFor(async () => {
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    }, PATIENCE);
  async function reconnect(): Promise<void> {
    await client?.[Symbol.asyncDispose]();
    client = undefined;
    await isWell();
    client = await connect('v2 of 2025', { url: `${url}/mcp`, token });
  }

  const log = (): Promise<string> => machine.output(['journalctl', '--unit=errand', '--no-pager', '--output=cat']);

  async function show(...names: string[]): Promise<Record<string, string>> {
    const lines = (await machine.output(['systemctl', 'show', 'errand', `--property=${names.join(',')}`])).split('\n');
    return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  }

  async function call(command: string, more: object = {}): Promise<Record<string, unknown>> {
    return (await client?.call('run_command', { command, ...more }))?.structuredContent ?? {};
  }

  /** What of straying scripts runs. */
  const commands = async (): Promise<string[]> =>
    (await machine.run(['pgrep', '-u', 'errand', '-f', '^sleep 3600$'])).stdout.split('\n').filter(Boolean);

  async function stray(file: string): Promise<void> {
    expect(await call(strayingScript(file), { wait_ms: 0 })).toMatchObject({ job_id: expect.any(String) });
    await expect.poll(commands, PATIENCE).toHaveLength(STRAYING_PROCESSES);
  }

  test('is a service that runs, and that will at the next boot', async () => {
    expect(await show('ActiveState', 'SubState', 'NRestarts', 'UnitFileState', 'User')).toEqual({
      ActiveState: 'active',
      SubState: 'running',
      NRestarts: '0',
      UnitFileState: 'enabled',
      User: 'errand',
    });
  });

  test('runs commands for who has a token, as its account and in its home', async () => {
    expect(await call('id -un; pwd')).toMatchObject({ target: 'here', exit_code: 0, stdout: 'errand\n/srv/errand\n' });
    const refused = await fetch(`${url}/mcp`, { method: 'POST', headers: { authorization: 'Bearer another' } });
    expect(refused.status).toBe(401);
  });

  test('commands write to the home and to a /tmp of their own, and nowhere else', async () => {
    const script = [
      'for place in "$HOME" /tmp /var/tmp /srv/open /etc /var/lib /run /opt/errand; do',
      '  if touch "$place/by-a-command" 2>/dev/null; then echo "$place"; fi',
      'done',
      'stat -c %a by-a-command; stat -c "%U %a" /var/lib/errand-state',
      'ls /tmp /dev/of-another 2>/dev/null',
    ];
    const { stdout } = await call(script.join('\n'));
    expect(String(stdout).split('\n')).toEqual(['/srv/errand', '/tmp', '/var/tmp', '600', 'errand 700', '/tmp:', 'by-a-command', '']);
    await machine.output(['runuser', '-u', 'errand', '--', 'touch', '/srv/open/of-the-account']);
    expect(await machine.output(['ls', '/tmp/of-another', '/srv/open'])).toBe('/tmp/of-another\n\n/srv/open:\nof-the-account');
    expect((await machine.run(['ls', '/tmp/by-a-command'])).code).not.toBe(0);
  });

  test('commands have no privileges, and get none', async () => {
    const { stdout } = await call(
      'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status; cp /bin/true of-root; chmod u+s of-root || echo refused',
    );
    const none = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => `${name}:\t0000000000000000`);
    expect(String(stdout).split('\n')).toEqual([...none, 'NoNewPrivs:\t1', 'Seccomp:\t2', 'refused', '']);
  });

  test('systemctl reload takes a changed errand.yaml, and changes nothing for a wrong one, which the log tells', async () => {
    const { MainPID } = await show('MainPID');
    const targets = async (): Promise<unknown> => (await client?.call('list_targets'))?.structuredContent?.['targets'];
    expect(await targets()).toMatchObject([{ name: 'here' }]);
    await write('/etc/errand/errand.yaml', CONFIG.replace('here:', 'there: { kind: local }, here:'));
    await machine.output(['systemctl', 'reload', 'errand']);
    const both = [{ name: 'here' }, { name: 'there' }];
    await expect.poll(targets, PATIENCE).toMatchObject(both);
    const refusals = async (): Promise<number> => (await log()).split('/etc/errand/errand.yaml:2:26: targets.here.kind').length - 1;
    await write('/etc/errand/errand.yaml', CONFIG.replace('local', 'lokal'));
    // It looks at the file by itself, too.
    await expect.poll(refusals, PATIENCE).toBe(1);
    await machine.output(['systemctl', 'reload', 'errand']);
    await expect.poll(refusals, PATIENCE).toBe(2);
    expect(await targets()).toMatchObject(both);
    await write('/etc/errand/errand.yaml', CONFIG);
    await expect.poll(targets, PATIENCE).toMatchObject([{ name: 'here' }]);
    expect(await show('MainPID', 'ActiveState')).toEqual({ MainPID, ActiveState: 'active' });
  });

  test('a restart ends what runs in the background on the machine itself, and nothing is pretended of it', async () => {
    const { job_id } = await call('sleep 3600', { background: true });
    await expect.poll(commands, PATIENCE).toHaveLength(1);
    await machine.output(['systemctl', 'restart', 'errand']);
    expect(await commands()).toEqual([]);
    await reconnect();
    const job = await client?.call('read_output', { job_id, wait_ms: 20_000 });
    expect(job?.structuredContent).toMatchObject({ state: 'ended', outcome: 'unknown' });
  });

  test('is started again when it was killed, and nothing of its commands stays', async () => {
    await stray('/srv/errand/killed');
    await machine.output(['systemctl', 'kill', '--kill-who=main', '--signal=KILL', 'errand']);
    await expect.poll(() => show('NRestarts', 'SubState'), PATIENCE).toEqual({ NRestarts: '1', SubState: 'running' });
    expect(await commands()).toEqual([]);
    await reconnect();
    expect(await call('echo again')).toMatchObject({ stdout: 'again\n' });
  }, 60_000);

  test('a reload in the first moments of a start, when nothing listens yet, does not end it for good', async () => {
    await machine.output(['sh', '-c', 'systemctl restart errand && systemctl reload errand']);
    await expect.poll(async () => (await show('SubState'))['SubState'], PATIENCE).toBe('running');
    await reconnect();
    expect(await call('echo again')).toMatchObject({ stdout: 'again\n' });
  }, 60_000);

  test(
    'systemctl stop lets a command end, ends one that runs on, and is no failure',
    async () => {
      await stray('/srv/errand/stopped');
      expect(await call('sleep 5; echo ended >ended', { wait_ms: 1_000 })).toMatchObject({ state: 'running' });
      await machine.output(['systemctl', 'stop', 'errand']);
      expect(await machine.output(['cat', '/srv/errand/ended'])).toBe('ended');
      expect(await show('ActiveState', 'SubState', 'Result', 'ExecMainStatus')).toEqual({
        ActiveState: 'inactive',
        SubState: 'dead',
        Result: 'success',
        ExecMainStatus: '0',
      });
      expect((await machine.run(['pgrep', '-u', 'errand'])).stdout).toBe('');
      const said = await log();
      expect(said).not.toMatch(/timed out|SIGKILL/);
      expect(said).not.toContain(token);
    },
    STOP_MS,
  );
});
