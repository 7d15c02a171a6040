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
