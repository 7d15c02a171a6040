import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigRig } from './config-rig.fixture.ts';

const rig = new ConfigRig();

beforeAll(() => rig.make());

afterAll(() => rig.remove());

const ONE = 'version: 1\ntargets:\n  here: { kind: local }\n';

describe('a configuration file', () => {
  test("gives the options of the API: units, defaults of the file and of the target, and paths that are the file's", async () => {
    const { targets, defaultTarget } = await rig.read(`version: 1
defaults: { target: b, timeout: 10m, cwd: app, env: { A: outer, B: outer }, limits: { memory: 1GiB }, labels: { of: file } }
targets:
  a:
    kind: local
    description: this machine
    labels: { env: test }
    shells: { max: 4, idle: 30s, warm: 1 }
    lifeline: 1m
    environment: minimal
    defaults: { timeout: 1h30m, env: { B: inner }, limits: { cpu: 500ms, openFiles: 64 }, killGrace: 0s, maxOutput: 64KiB, cwd: /srv }
  b: { kind: local, mcp: { expose: none } }
`);
    expect(defaultTarget).toBe('b');
    expect(targets.get('a')).toEqual({
      name: 'a',
      kind: 'local',
      files: 'none',
      allowances: {},
      entry: 'a',
      description: 'this machine',
      labels: { env: 'test' },
      expose: 'commands',
      queue: undefined,
      options: {
        shells: { max: 4, idleMs: 30_000, warm: 1 },
        lifelineMs: 60_000,
        environment: 'minimal',
        defaults: {
          timeoutMs: 5_400_000,
          cwd: '/srv',
          env: { A: 'outer', B: 'inner' },
          limits: { memoryBytes: 1_073_741_824, cpuMs: 500, openFiles: 64 },
          labels: { of: 'file' },
          killGraceMs: 0,
          maxOutputBytes: 65_536,
        },
      },
    });
    expect(targets.get('b')).toMatchObject({
      expose: 'none',
      options: { defaults: { timeoutMs: 600_000, cwd: join(rig.directory, 'app') } },
    });
  });

  test('has one entry for many hosts, each a target by its own name', async () => {
    const { targets } = await rig.read(`version: 1
targets:
  web: { kind: ssh, hosts: ["web[08-11].prod", db], user: deploy, port: 2222, labels: { env: prod } }
  one: { kind: ssh, host: "::1" }
`);
    expect([...targets.keys()]).toEqual(['web08.prod', 'web09.prod', 'web10.prod', 'web11.prod', 'db', 'one']);
    expect(targets.get('web10.prod')).toMatchObject({
      entry: 'web',
      labels: { env: 'prod' },
      options: { host: 'web10.prod', user: 'deploy', port: 2222 },
    });
    expect(targets.get('one')).toMatchObject({ entry: 'one', options: { host: '::1' } });
  });

  test('may be a function, or several that differ in memory', async () => {
    const { targets } = await rig.read(`version: 1
targets:
  one: { kind: lambda, functionName: "errand:live", region: eu-central-1, tenantIsolation: true, silence: 45s }
  two: { kind: lambda, functions: [{ functionName: a, memory: 512MiB }, { functionName: b, memory: 4GiB }], maxConnections: 9 }
`);
    expect(targets.get('one')?.options).toMatchObject({
      functionName: 'errand:live',
      region: 'eu-central-1',
      tenantIsolation: true,
      silenceMs: 45_000,
    });
    expect(targets.get('two')?.options).toMatchObject({
      functions: [
        { functionName: 'a', memoryBytes: 2 ** 29 },
        { functionName: 'b', memoryBytes: 2 ** 32 },
      ],
      maxConnections: 9,
    });
    const faulty = `version: 1
targets:
  a: { kind: lambda }
  b: { kind: lambda, functionName: a b, endpoint: x, silence: 1s }
  c: { kind: lambda, functionName: a, functions: [{ functionName: a, memory: 1MiB }] }
`;
    expect((await rig.faults(faulty)).map((fault) => fault.replace(/ Allowed.*/, ''))).toEqual([
      '3:6: targets.a: needs functionName or functions.',
      '4:36: targets.b.functionName: is not allowed.',
      '4:51: targets.b.endpoint: is not allowed.',
      '4:63: targets.b.silence: is out of range.',
      '5:50: targets.c.functions: stands beside functionName.',
      '5:78: targets.c.functions[0].memory: is out of range.',
    ]);
  });

  test('may share parts by anchors and merge keys', async () => {
    const { targets } = await rig.read(`version: 1
targets:
  a: &a { kind: local, labels: { env: test } }
  b: { <<: *a, description: other }
`);
    expect(targets.get('b')).toMatchObject({ labels: { env: 'test' }, description: 'other' });
  });

  test('tells all faults at once, in the order of the file, with line, column and what is allowed', async () => {
    expect(
      await rig.faults(`version: 2
defaults: { target: cii, timeout: 30, env: { PORT: 80, "A-B": x } }
targets:
  ci: { kind: dokcer }
  web: { kind: ssh, hosts: ["web[40-01].prod", 7], shels: {}, shells: { max: 0, idle: ten } }
  both:
    kind: ssh
    port: eighty
  local: { kind: local, environment: [x], lifeline: 1s, defaults: { maxOutput: 2GiB, killSignal: TERM } }
  "a b": { kind: local }
  none: {}
  empty:
quotas: { store: { kind: redis }, default: { cpu: 5 } }
`),
    ).toEqual([
      '1:10: version: is not known. Allowed: 1.',
      "2:21: defaults.target: there is no target 'cii'. Allowed: ci, both, local, none, empty.",
      '2:35: defaults.timeout: is a number without a unit. Allowed: such as 500ms, 30s or 1h30m.',
      '2:52: defaults.env.PORT: is a number. Allowed: text; put it in quotes.',
      "2:56: defaults.env.A-B: is no name. Allowed: letters, digits and '_', the first no digit; not ERRAND_EXECUTION.",
      '4:15: targets.ci.kind: is not known. Allowed: local, ssh, docker, k8s, lambda.',
      '5:29: targets.web.hosts[0]: has a range that is none. Allowed: such as [01-40], [1,3,7-9] or [a-f], the smaller one first.',
      '5:48: targets.web.hosts[1]: is no host name. Allowed: such as web1.prod or web[01-40].prod.',
      '5:52: targets.web.shels: is not known here. Allowed: kind, description, labels, queue, mcp, defaults, shells, lifeline, idempotencyTtl, host, hosts, port, user, authentication, hostKey, jumps, configFile, loginEnvironment, maxConnections, connectTimeout, idle.',
      '5:78: targets.web.shells.max: is out of range. Allowed: a whole number from 1 to 1,024.',
      '5:87: targets.web.shells.idle: is no duration. Allowed: a number with a unit (ms, s, m, h, d), such as 500ms, 30s or 1h30m.',
      '7:5: targets.both: needs host or hosts.',
      '8:11: targets.both.port: is text. Allowed: a whole number from 1 to 65,535.',
      '9:38: targets.local.environment: is not allowed. Allowed: inherit, minimal, or a mapping of variables.',
      '9:53: targets.local.lifeline: is out of range. Allowed: 11s to 24d.',
      '9:80: targets.local.defaults.maxOutput: is out of range. Allowed: 0B to 1GiB.',
      '9:98: targets.local.defaults.killSignal: is no signal. Allowed: a name such as SIGTERM or SIGINT.',
      "10:3: targets[\"a b\"]: is no name. Allowed: 1 to 64 letters, digits, '.', '_', '-', the first a letter or a digit.",
      '11:3: targets.none.kind: is missing. Allowed: local, ssh, docker, k8s, lambda.',
      '12:9: targets.empty: is empty. Allowed: a mapping.',
      '13:11: quotas.store.url: is missing. Allowed: where to find redis, as a URL.',
      '13:51: quotas.default.cpu: is a number without a unit. Allowed: such as 500ms, 30s or 1h30m.',
    ]);
  });

  test.each([
    ['an empty one', '', '1:1: is empty. Allowed: a mapping.'],
    ['a list', '- a\n', '1:1: is a list. Allowed: a mapping.'],
    ['no version', 'targets: { a: { kind: local } }\n', '1:1: version: is missing. Allowed: 1.'],
    ['no targets', 'version: 1\n', '1:1: targets: is missing. Allowed: a mapping.'],
    ['targets without one', 'version: 1\ntargets: {}\n', '2:10: targets: is empty. Allowed: at least one target.'],
    ['a key twice', `${ONE}version: 1\n`, '4:1: Map keys must be unique.'],
    ['a tab', 'version: 1\ntargets:\n\ta: { kind: local }\n', '3:1: Tabs are not allowed as indentation.'],
    ['two documents', `${ONE}---\n${ONE}`, '4:1: Source contains multiple documents; please use YAML.parseAllDocuments().'],
    ['an alias of nothing', 'version: 1\ntargets: *x\n', '2:10: targets: there is no anchor &x above.'],
  ])('is refused: %s', async (_what, text, first) => {
    expect((await rig.faults(text))[0]).toBe(first);
  });

  test('is refused where aliases of aliases would fill the memory', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `  l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]\n`);
    expect((await rig.faults(`version: 1\nx:\n  l0: &l0 [a, b]\n${levels.join('')}`))[0]).toMatch(/^1:1: Excessive alias count/);
  });

  test('is refused where a host is twice, or cannot be a name', async () => {
    const long = 'h'.repeat(70);
    expect(await rig.faults(`version: 1\ntargets:\n  a: { kind: ssh, hosts: ["w[1-2]", w2, ${long}] }\n  w1: { kind: local }\n`)).toEqual([
      "3:37: targets.a.hosts[1]: there are two targets 'w2'. Allowed: each host in one entry, and not as its name.",
      `3:41: targets.a.hosts[2]: the host '${long}' cannot name a target. Allowed: 1 to 64 letters, digits, '.', '_', '-', the first a letter or a digit.`,
      "4:7: targets.w1: there are two targets 'w1'. Allowed: each host in one entry, and not as its name.",
    ]);
  });

  test('is refused where hosts are not to be those of ~/.ssh/config', async () => {
    expect(await rig.faults('version: 1\ntargets:\n  a: { kind: ssh, hosts: { sshConfig: false } }\n')).toEqual([
      '3:39: targets.a.hosts.sshConfig: is not allowed. Allowed: true.',
    ]);
  });

  test('may take the hosts of ~/.ssh/config, or of another such file, and what it names itself wins', async () => {
    await writeFile(join(rig.directory, 'more'), 'Host third\n');
    await writeFile(
      join(rig.directory, 'config'),
      `Host one "two" *.prod !bad # three\n  HostName 10.0.0.1\nhost=local1\nMatch host x\nInclude ${rig.directory}/mo*\nHost one\n`,
    );
    const { targets } = await rig.read(`version: 1
targets:
  all: { kind: ssh, hosts: { sshConfig: true }, configFile: ./config, user: deploy }
  local1: { kind: local }
`);
    expect([...targets.keys()]).toEqual(['one', 'two', 'third', 'local1']);
    expect(targets.get('two')).toMatchObject({
      entry: 'all',
      options: { host: 'two', user: 'deploy', configFile: join(rig.directory, 'config') },
    });
    expect(targets.get('local1')?.kind).toBe('local');
  });

  test('says how to log in to a host, each way by itself', async () => {
    const { targets } = await rig.read(`version: 1
targets:
  a:
    kind: ssh
    host: a
    authentication: [{ agent: true }, { privateKeyFile: id, passphrase: p }, { privateKeyFile: ~/.ssh/id }, { password: w }]
    hostKey: { knownHosts: [known, ~/known], acceptNew: true }
    connectTimeout: 5s
`);
    expect(targets.get('a')?.options).toMatchObject({
      authentication: [
        { agent: true },
        { privateKeyFile: join(rig.directory, 'id'), passphrase: 'p' },
        { privateKeyFile: '~/.ssh/id' },
        { password: 'w' },
      ],
      hostKey: { knownHosts: [join(rig.directory, 'known'), '~/known'], acceptNew: true },
      connectTimeoutMs: 5_000,
    });
    expect(
      await rig.faults(`version: 1
targets:
  a: { kind: ssh, host: a, authentication: [{}, { agent: true, password: w }, { password: w, passphrase: p }, { agent: false }] }
`),
    ).toEqual([
      '3:45: targets.a.authentication[0]: needs agent or privateKeyFile or password.',
      '3:74: targets.a.authentication[1].password: stands beside agent. Allowed: one of them, and the other as an item of its own.',
      '3:106: targets.a.authentication[2].passphrase: stands without privateKeyFile. Allowed: beside it.',
      '3:120: targets.a.authentication[3].agent: is not allowed. Allowed: true, or the path of its socket.',
    ]);
  });

  test('says through which hosts another is reached, and what is to be said of each', async () => {
    const { targets } = await rig.read(`version: 1
targets:
  a:
    kind: ssh
    host: a
    loginEnvironment: true
    jumps: [deploy@b:22, "ssh://[::1]", { host: c, port: 2222, user: u, authentication: [{ privateKeyFile: id }], hostKey: { knownHosts: known } }]
`);
    const hop = {
      authentication: [{ privateKeyFile: join(rig.directory, 'id') }],
      hostKey: { knownHosts: [join(rig.directory, 'known')] },
    };
    expect(targets.get('a')?.options).toMatchObject({
      loginEnvironment: true,
      jumps: ['deploy@b:22', 'ssh://[::1]', { host: 'c', port: 2_222, user: 'u', ...hop }],
    });
    expect(
      await rig.faults(`version: 1
targets:
  a: { kind: ssh, host: a, jumps: [b:70000, "::1", { port: 1 }, { host: c, authentication: [{}] }, 7, { host: -l }] }
  b: { kind: ssh, host: b, jumps: b }
`),
    ).toEqual([
      expect.stringMatching(/^3:36: targets\.a\.jumps\[0\]: is not allowed\. Allowed: a host, such as/),
      expect.stringMatching(/^3:45: targets\.a\.jumps\[1\]: is not allowed\. Allowed: a host, such as/),
      '3:52: targets.a.jumps[2].host: is missing.',
      '3:93: targets.a.jumps[3].authentication[0]: needs agent or privateKeyFile or password.',
      expect.stringMatching(/^3:100: targets\.a\.jumps\[4\]: is not allowed\./),
      '3:111: targets.a.jumps[5].host: is not allowed. Allowed: a host name, an IP address, or a Host of ~/.ssh/config.',
      '4:35: targets.b.jumps: is text. Allowed: a list.',
    ]);
  });

  test('is refused with a name that JavaScript would take for something else', async () => {
    expect(await rig.faults('version: 1\ntargets:\n  a: { kind: local, defaults: { env: { __proto__: x } } }\n')).toEqual([
      expect.stringMatching(/^3:40: targets\.a\.defaults\.env\.__proto__: is no name\./),
    ]);
  });

  test('is refused with a word that every object of JavaScript has', async () => {
    expect(await rig.faults('version: 1\ntargets: { a: { kind: constructor }, b: { kind: toString } }\n')).toEqual([
      expect.stringMatching(/^2:23: targets\.a\.kind: is not known\./),
      expect.stringMatching(/^2:49: targets\.b\.kind: is not known\./),
    ]);
  });
});
