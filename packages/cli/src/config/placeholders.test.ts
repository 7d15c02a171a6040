import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigRig } from './config-rig.fixture.ts';

const rig = new ConfigRig();

beforeAll(() => rig.make());

afterAll(() => rig.remove());

describe('a placeholder in a configuration file', () => {
  test('stands for a variable or a file', async () => {
    await writeFile(join(rig.directory, 'name.txt'), 'from a file\n\n');
    const { targets } = await rig.read(
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

  test('shows its value in no message', async () => {
    const secret = 'hunter2';
    const [first, ...more] = await rig.faults(
      'version: 1\ntargets:\n  a: { kind: local, defaults: { timeout: "${env:S}", killSignal: "${env:S}" } }\n',
      {
        S: secret,
      },
    );
    expect([first, ...more].length).toBe(2);
    expect([first, ...more].join()).not.toContain(secret);
  });

  test.each([
    ['defaults: { target: "${env:S}" }\ntargets: { a: { kind: local } }', '2:21: defaults.target: there is no such target. Allowed: a.'],
    [
      'targets: { a: { kind: local } }\ntools: { t: { argv: [x], targets: [&s "${env:S}"] }, u: { argv: [x], targets: [*s] } }',
      '3:39: tools.t.targets[0]: there is no such target. Allowed: a.',
      '3:80: tools.u.targets[0]: there is no such target. Allowed: a.',
    ],
    [
      'targets: { a: { kind: ssh, hosts: ["${env:S}", "x${env:S}", "${env:S}"] } }\ndefaults: { target: b }',
      '2:61: targets.a.hosts[2]: there are two targets of this name. Allowed: each host in one entry, and not as its name.',
      "3:21: defaults.target: there is no target 'b'. Allowed: a key of targets.",
    ],
    [
      'targets: { a: { kind: ssh, hosts: ["${env:L}${env:S}", b] } }\ndefaults: { target: c }',
      "2:36: targets.a.hosts[0]: the host cannot name a target. Allowed: 1 to 64 letters, digits, '.', '_', '-', the first a letter or a digit.",
      "3:21: defaults.target: there is no target 'c'. Allowed: b.",
    ],
    [
      'targets: { a: { kind: local } }\ntools: { t: { argv: ["{${env:S}}"] } }',
      '3:22: tools.t.argv[0]: there is no such parameter. Allowed: one of parameters.',
    ],
  ])('shows its value in no message of what is named: %s', async (text, ...faults) => {
    expect(await rig.faults(`version: 1\n${text}\n`, { S: 'hunter2', L: 'h'.repeat(64) })).toEqual(faults);
  });

  test.each([
    ['${env:NOPE}', 'the variable NOPE is not set. Set it, or give a default: ${env:NOPE:-DEFAULT}.'],
    ['${env:}', '${env:} names no variable. Allowed: ${env:NAME}, ${env:NAME:-DEFAULT}.'],
    ['${evn:NAME}', '${evn:…} is no placeholder. Allowed: ${env:NAME}, ${env:NAME:-DEFAULT}, ${file:PATH}, and $$ for a dollar.'],
    ['${file:}', '${file:} names no file. Allowed: ${file:PATH}.'],
    ['${file:/nowhere/at/all}', '/nowhere/at/all cannot be read: ENOENT.'],
    ['${file:/}', '/ is no file.'],
  ])('is refused as %s', async (placeholder, says) => {
    expect(await rig.faults(`version: 1\ntargets:\n  a: { kind: local, description: "x ${placeholder}" }\n`)).toEqual([
      `3:34: targets.a.description: ${says}`,
    ]);
  });
});
