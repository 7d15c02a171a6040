import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from './config.ts';
import { ConfigError, faultLine } from './fault.ts';
import { readConfig } from './read-config.ts';

let directory = '';
let file = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-config-'));
  file = join(directory, 'errand.yaml');
});

afterAll(() => rm(directory, { recursive: true }));

async function read(text: string, environment: Record<string, string> = {}): Promise<Config> {
  await writeFile(file, text);
  return readConfig(file, environment);
}

/** As `LINE:COLUMN: PATH: MESSAGE`. */
async function faults(text: string, environment: Record<string, string> = {}): Promise<string[]> {
  const error = await read(text, environment).then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (!(error instanceof ConfigError)) throw new Error(`It should have been refused, and was not: ${String(error)}`);
  expect(error.message).toBe(error.faults.map((fault) => faultLine(file, fault)).join('\n'));
  return error.faults.map((fault) => faultLine('', fault).slice(1));
}

const ONE = 'version: 1\ntargets:\n  here: { kind: local }\n';

describe('a configuration file', () => {
  test("gives the options of the API: units, defaults of the file and of the target, and paths that are the file's", async () => {
    const { targets, defaultTarget } = await read(`version: 1
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
    expect(targets.get('b')).toMatchObject({ expose: 'none', options: { defaults: { timeoutMs: 600_000, cwd: join(directory, 'app') } } });
  });

  test('has one entry for many hosts, each a target by its own name', async () => {
    const { targets } = await read(`version: 1
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

  test('takes values from variables and files, in place of placeholders', async () => {
    await writeFile(join(directory, 'name.txt'), 'from a file\n\n');
    const { targets } = await read(
      `version: 1
targets:
  here:
    kind: local
    description: "\${env:NAME} and \${env:EMPTY:-a default} cost $$5, \${file:name.txt}, \${X:-shell}, $HOME"
    shells: { max: "\${env:MAX:-3}" }
    defaults: { env: { SECRET: "\${env:SECRET}" } }
`,
      { NAME: 'it', EMPTY: '', SECRET: '${env:NAME}' },
    );
    expect(targets.get('here')).toMatchObject({
      description: 'it and a default cost $5, from a file\n, ${X:-shell}, $HOME',
      // What a placeholder brings is not looked through again.
      options: { shells: { max: 3 }, defaults: { env: { SECRET: '${env:NAME}' } } },
    });
  });

  test('may share parts by anchors and merge keys', async () => {
    const { targets } = await read(`version: 1
targets:
  a: &a { kind: local, labels: { env: test } }
  b: { <<: *a, description: other }
`);
    expect(targets.get('b')).toMatchObject({ labels: { env: 'test' }, description: 'other' });
  });

  test('tells all faults at once, in the order of the file, with line, column and what is allowed', async () => {
    expect(
      await faults(`version: 2
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
      '5:52: targets.web.shels: is not known here. Allowed: kind, description, labels, queue, mcp, defaults, shells, lifeline, idempotencyTtl, host, hosts, port, user, loginEnvironment.',
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
    expect((await faults(text))[0]).toBe(first);
  });

  test('is refused where aliases of aliases would fill the memory', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `  l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]\n`);
    expect((await faults(`version: 1\nx:\n  l0: &l0 [a, b]\n${levels.join('')}`))[0]).toMatch(/^1:1: Excessive alias count/);
  });

  test('shows no value that a placeholder brought', async () => {
    const secret = 'hunter2';
    const [first, ...more] = await faults(
      'version: 1\ntargets:\n  a: { kind: local, defaults: { timeout: "${env:S}", killSignal: "${env:S}" } }\n',
      {
        S: secret,
      },
    );
    expect([first, ...more].length).toBe(2);
    expect([first, ...more].join()).not.toContain(secret);
  });

  test.each([
    ['${env:NOPE}', 'the variable NOPE is not set. Set it, or give a default: ${env:NOPE:-DEFAULT}.'],
    ['${env:}', '${env:} names no variable. Allowed: ${env:NAME}, ${env:NAME:-DEFAULT}.'],
    ['${evn:NAME}', '${evn:…} is no placeholder. Allowed: ${env:NAME}, ${env:NAME:-DEFAULT}, ${file:PATH}, and $$ for a dollar.'],
    ['${file:}', '${file:} names no file. Allowed: ${file:PATH}.'],
    ['${file:/nowhere/at/all}', '/nowhere/at/all cannot be read: ENOENT.'],
    ['${file:/}', '/ is no file.'],
  ])('is refused with the placeholder %s', async (placeholder, says) => {
    expect(await faults(`version: 1\ntargets:\n  a: { kind: local, description: "x ${placeholder}" }\n`)).toEqual([
      `3:34: targets.a.description: ${says}`,
    ]);
  });

  test('is refused where a host is twice, or cannot be a name', async () => {
    const long = 'h'.repeat(70);
    expect(await faults(`version: 1\ntargets:\n  a: { kind: ssh, hosts: ["w[1-2]", w2, ${long}] }\n  w1: { kind: local }\n`)).toEqual([
      "3:37: targets.a.hosts[1]: there are two targets 'w2'. Allowed: each host in one entry, and not as its name.",
      `3:41: targets.a.hosts[2]: the host '${long}' cannot name a target. Allowed: 1 to 64 letters, digits, '.', '_', '-', the first a letter or a digit.`,
      "4:7: targets.w1: there are two targets 'w1'. Allowed: each host in one entry, and not as its name.",
    ]);
  });

  test('is refused with a name that JavaScript would take for something else', async () => {
    expect(await faults('version: 1\ntargets:\n  a: { kind: local, defaults: { env: { __proto__: x } } }\n')).toEqual([
      expect.stringMatching(/^3:40: targets\.a\.defaults\.env\.__proto__: is no name\./),
    ]);
  });
});

describe('tools in a configuration file', () => {
  test('are checked against their parameters and the targets', async () => {
    expect(
      await faults(`${ONE}tools:
  a: { argv: [x, "{p}", "a{q}"], parameters: { q: { type: string, pattern: "[" }, r: { type: enum } } }
  b: { script: x, argv: [y], targets: [nowhere] }
  c: {}
  d: { argv: ["{e}", "{n}", "{o}"], parameters: { e: { type: enum, values: [x], default: y }, n: { type: integer, maximum: 3, default: 4 }, o: { type: string, optional: true, default: x } } }
  e: { argv: [x], parameters: { execution: { type: string } } }
  f: { script: x, parameters: { x: { type: strnig } } }
`),
    ).toEqual([
      "5:18: tools.a.argv[1]: there is no parameter 'p'. Allowed: q, r.",
      '5:25: tools.a.argv[2]: {q} stands in a longer word. Allowed: {q} as an element by itself.',
      '5:51: tools.a.parameters.q: no element of argv is {q}. Allowed: parameters that argv uses.',
      '5:76: tools.a.parameters.q.pattern: is no regular expression. Allowed: one of JavaScript, with its flag u.',
      '5:83: tools.a.parameters.r.values: is missing. Allowed: a list.',
      '5:86: tools.a.parameters.r: no element of argv is {r}. Allowed: parameters that argv uses.',
      '6:16: tools.b.script: stands beside argv. Allowed: one of them.',
      "6:40: tools.b.targets[0]: there is no target 'nowhere'. Allowed: here.",
      '7:6: tools.c: has no command. Allowed: argv, or script.',
      '8:90: tools.d.parameters.e.default: is none of values.',
      '8:136: tools.d.parameters.n.default: is not between minimum and maximum.',
      '8:185: tools.d.parameters.o.default: stands beside optional. Allowed: one of them.',
      expect.stringMatching(/^9:33: tools.e.parameters.execution: is no name\./),
      '10:44: tools.f.parameters.x.type: is not known. Allowed: string, integer, number, boolean, enum, path, list.',
    ]);
  });

  test('give warnings where nothing is wrong and something is likely a mistake', async () => {
    const { warnings, tools } = await read(`${ONE}  far: { kind: ssh, host: far }
tools:
  a: { description: d, targets: { env: prod }, argv: [df, "{path}"], parameters: { path: { type: path, root: /srv, default: /srv } }, readOnly: true, timeout: 5s }
  b: { targets: [here], script: 'echo "$ERRAND_REF"', parameters: { ref: { type: string }, other: { type: boolean } } }
`);
    expect(warnings.map((warning) => faultLine('', warning).slice(1))).toEqual([
      '4:16: targets.far.kind: the kind ssh needs @errand/backend-ssh, which is not installed. Install it beside errand: npm install @errand/backend-ssh.',
      '6:33: tools.a.targets: no target has these labels.',
      '7:99: tools.b.parameters.other: the script does not use $ERRAND_OTHER.',
    ]);
    expect(tools?.['a']).toMatchObject({
      readOnly: true,
      options: { timeoutMs: 5_000 },
      parameters: { path: { type: 'path', root: '/srv' } },
    });
  });
});
