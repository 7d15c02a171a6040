import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { sshExecutor } from '@errand/backend-ssh';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type SshConfig, sshConfig } from '../../packages/backend-ssh/src/ssh-config.ts';
import { withoutOpenSsh } from '../servers/ssh-keygen.ts';

const CONFIG = `
Host full
  HostName %h.example.com
  User bob
  Port 2222
  IdentityFile ~/.ssh/id_%r_%n_%h_%p_100%%
  IdentityFile "DIR/with blank/id"
  IdentityFile %d/\${ERRAND_TEST_PLACE}/$X/%u_%i_%l_%L_%k
  IdentityFile ~root/key
  IdentityFile ~no-such-user/key
  IdentityAgent ~/agent-%r
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/kh_%k "DIR/with blank/kh" %d/other
  GlobalKnownHostsFile ~/global /etc/ssh/kh
  RevokedHostKeys DIR/revoked
  HostKeyAlias alias
  ProxyCommand nc -X connect %h:%p %n %r 100%%
  StrictHostKeyChecking accept-new
  HashKnownHosts yes
  CheckHostIP yes
  ConnectTimeout 7
  HostKeyAlgorithms ssh-ed25519,rsa-sha2-512
Host nothing
  IdentityFile none
  IdentityAgent none
  UserKnownHostsFile none
  GlobalKnownHostsFile none
  ProxyCommand none
Host jumps
  ProxyJump ann@first:2201,second,ssh://eve@third:44,[fe80::1]:23
Host jump-pattern
  ProxyJump %r@gate.%h,%n.%p
Host agent-variable
  IdentityAgent $ERRAND_TEST_AGENT
Host agent-default
  IdentityAgent SSH_AUTH_SOCK
Host strict
  StrictHostKeyChecking yes
Host careless
  StrictHostKeyChecking off
Host legacy
  HostKeyAlgorithms +ssh-rsa
Match host matched user carol
  Port 99
Match host hangs exec "sleep 300 & echo $$ $! > DIR/pids; wait"
  Port 98
Match originalhost asks exec "read x < /dev/tty || cat > DIR/stdin"
  Port 97
`;

describe.skipIf(withoutOpenSsh)('the configuration of OpenSSH', () => {
  let directory: string;
  let file: string;
  const home = userInfo().homedir;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'errand-ssh-config-'));
    file = join(directory, 'config');
    await writeFile(file, CONFIG.replaceAll('DIR', directory));
    process.env['ERRAND_TEST_PLACE'] = 'from/a variable';
  });
  afterEach(() => {
    delete process.env['ERRAND_TEST_AGENT'];
  });
  afterAll(async () => {
    delete process.env['ERRAND_TEST_PLACE'];
    await rm(directory, { recursive: true, force: true });
  });

  async function of(host: string, options: { user?: string; port?: number; timeoutMs?: number } = {}): Promise<SshConfig> {
    const config = await sshConfig(host, { file, ...options });
    if (!config) throw new Error('there is no ssh');
    return config;
  }

  test('is told with every tilde, token and variable expanded', async () => {
    const { username, uid } = userInfo();
    const local = hostname();
    expect(await of('full')).toEqual({
      hostName: 'full.example.com',
      user: 'bob',
      port: 2222,
      identityFiles: [
        `${home}/.ssh/id_bob_full_full.example.com_2222_100%`,
        `${directory}/with blank/id`,
        `${home}/from/a variable/$X/${username}_${uid}_${local}_${local.split('.')[0]}_alias`,
        '/root/key',
        '~no-such-user/key',
      ],
      identityAgent: `${home}/agent-bob`,
      identitiesOnly: true,
      proxyJump: [],
      proxyCommand: 'nc -X connect full.example.com:2222 full bob 100%',
      userKnownHostsFiles: [`${home}/.ssh/kh_alias`, `${directory}/with blank/kh`, `${home}/other`],
      globalKnownHostsFiles: [`${home}/global`, '/etc/ssh/kh'],
      revokedHostKeys: [`${directory}/revoked`],
      hostKeyAlias: 'alias',
      hostKeyAlgorithms: ['ssh-ed25519', 'rsa-sha2-512'],
      strictHostKeyChecking: 'accept-new',
      hashKnownHosts: true,
      checkHostIp: true,
      connectTimeoutMs: 7000,
    } satisfies SshConfig);
  });

  test.each([
    '~/a',
    '~root/%h',
    '%d/%%h%%/%h/%n/%k/%p/%r/%u/%i/%l/%L/%C',
    '/%%%h%%%n',
    '/${ERRAND_TEST_PLACE}/${HOME}/$HOME',
    '/${ERRAND_TEST_PERCENT}/%h',
    '/a~b/~',
  ])('has key files where OpenSSH expands them to: %s', async (path) => {
    // It expands those of known hosts before it prints them, and does the same with key files later.
    process.env['ERRAND_TEST_PERCENT'] = '%n${HOME}';
    const same = join(directory, 'same');
    await writeFile(
      same,
      `Host a\n HostName b.%h\n HostKeyAlias c\n User d\n ProxyJump e@f:1\n IdentityFile ${path}\n UserKnownHostsFile ${path}\n`,
    );
    const config = await sshConfig('a', { file: same });
    delete process.env['ERRAND_TEST_PERCENT'];
    expect(config?.identityFiles).toEqual(config?.userKnownHostsFiles);
    expect(config?.identityFiles).toHaveLength(1);
  });

  test('has nothing where it says none', async () => {
    const config = await of('nothing');
    expect(config).toMatchObject({
      identityFiles: [],
      userKnownHostsFiles: [],
      globalKnownHostsFiles: [],
      revokedHostKeys: [],
      proxyJump: [],
    });
    expect(Object.keys(config)).not.toEqual(expect.arrayContaining(['identityAgent']));
    expect(Object.keys(config)).not.toEqual(expect.arrayContaining(['proxyCommand']));
  });

  test('is that of OpenSSH itself for a host that it does not name', async () => {
    const config = await of('Elsewhere.Example');
    expect(config).toMatchObject({ hostName: 'elsewhere.example', user: userInfo().username, port: 22, strictHostKeyChecking: 'ask' });
    expect(config.userKnownHostsFiles).toEqual([`${home}/.ssh/known_hosts`, `${home}/.ssh/known_hosts2`]);
    expect(config.globalKnownHostsFiles).toEqual(['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']);
    expect(config.identityFiles).toContain(`${home}/.ssh/id_ed25519`);
    expect(config.hostKeyAlgorithms).toContain('ssh-ed25519');
    expect(config.hostKeyAlgorithms).not.toContain('ssh-rsa');
  });

  test('takes user and port in the host, and apart', async () => {
    expect(await of('dan@elsewhere')).toMatchObject({ hostName: 'elsewhere', user: 'dan', port: 22 });
    expect(await of('ssh://dan@elsewhere:7')).toMatchObject({ hostName: 'elsewhere', user: 'dan', port: 7 });
    expect(await of('matched')).toMatchObject({ port: 22 });
    expect(await of('matched', { user: 'carol' })).toMatchObject({ user: 'carol', port: 99 });
    expect(await of('full', { user: 'eve', port: 5 })).toMatchObject({ user: 'eve', port: 5, identityAgent: `${home}/agent-eve` });
  });

  test('tells jumps in their order', async () => {
    expect((await of('jumps')).proxyJump).toEqual([
      { user: 'ann', host: 'first', port: 2201 },
      { host: 'second' },
      { user: 'eve', host: 'third', port: 44 },
      { host: 'fe80::1', port: 23 },
    ]);
    const { username } = userInfo();
    expect((await of('jump-pattern')).proxyJump).toEqual([{ user: username, host: 'gate.jump-pattern' }, { host: 'jump-pattern.22' }]);
  });

  test('finds the agent where a variable names it', async () => {
    process.env['ERRAND_TEST_AGENT'] = '/run/agent';
    expect((await of('agent-variable')).identityAgent).toBe('/run/agent');
    delete process.env['ERRAND_TEST_AGENT'];
    expect((await of('agent-variable')).identityAgent).toBeUndefined();
    for (const host of ['agent-default', 'elsewhere'])
      expect((await of(host)).identityAgent).toBe(process.env['SSH_AUTH_SOCK'] || undefined);
  });

  test.each([
    ['strict', 'yes'],
    ['careless', 'no'],
    ['legacy', 'ask'],
  ])('of %s is %s to new keys', async (host, strict) => {
    expect((await of(host)).strictHostKeyChecking).toBe(strict);
  });

  test('adds algorithms to the default ones', async () => {
    expect((await of('legacy')).hostKeyAlgorithms).toEqual(expect.arrayContaining(['ssh-ed25519', 'ssh-rsa']));
  });

  test.each(['-oProxyCommand=touch /tmp/x', '-v', '', 'a\0b', 'a b;c', '$(id)'])('refuses %j as a host', async (host) => {
    await expect(of(host)).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION', detail: { option: 'host' } });
  });

  test('that ssh does not understand is a fault with what ssh says', async () => {
    const broken = join(directory, 'broken');
    await writeFile(broken, 'Host a\n  NoSuchOption 3\n');
    await expect(sshConfig('a', { file: broken })).rejects.toThrow(/host: ssh -G refuses: .*[Bb]ad configuration option: nosuchoption/s);
  });

  test('is not there without ssh', async () => {
    expect(await sshConfig('a', { program: join(directory, 'no-ssh') })).toBeUndefined();
  });

  test('whose Match exec hangs is given up, with what it started', async () => {
    await expect(of('hangs', { timeoutMs: 700 })).rejects.toThrow(/did not answer in 700 ms/);
    const pids = (await readFile(join(directory, 'pids'), 'utf8')).trim().split(' ').map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test('whose Match exec hangs ends with the executor that asked', async () => {
    const pids = join(directory, 'pids');
    await rm(pids, { force: true });
    const executor = sshExecutor({ host: 'hangs', configFile: file });
    const refused = expect(executor.exec('true')).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
    await expect.poll(() => readFile(pids, 'utf8').catch(() => '')).toMatch(/^\d+ \d+\n/);
    const asked = (await readFile(pids, 'utf8')).trim().split(' ').map(Number);
    await executor.close();
    await refused;
    for (const pid of asked) await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test('whose Match exec asks finds no terminal and no input', async () => {
    expect((await of('asks')).port).toBe(97);
    expect(await readFile(join(directory, 'stdin'), 'utf8')).toBe('');
  });
});

async function isRunning(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return state !== '' && !/\) [ZX] /.test(state);
}
