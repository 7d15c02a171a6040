import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { ConfigRig } from './config-rig.fixture.ts';
import { jsonSchema } from './json-schema.ts';

const rig = new ConfigRig();

beforeAll(() => rig.make());

afterAll(() => rig.remove());

describe('the schema for editors agrees with errand validate', () => {
  const schema = z.fromJSONSchema(jsonSchema() as z.core.JSONSchema.JSONSchema);
  const name = `\${env:${'A'.repeat(300)}:-a}`;

  const targets = 'targets: { a: { kind: local } }';

  test.each([
    ['a number', 'targets: { a: { kind: local, shells: { max: 5 } } }', true],
    ['a number in quotes', 'targets: { a: { kind: local, shells: { max: "5" } } }', true],
    ['a number below 0 in quotes', 'targets: { a: { kind: local, shells: { max: "-5" } } }', false],
    ['no number in quotes', 'targets: { a: { kind: local, shells: { max: "5x" } } }', false],
    ['a decimal in quotes', 'targets: { a: { kind: local, queue: { concurrency: 1, weights: { ci: "1.5" } } } }', true],
    ['a boolean in quotes', `${targets}\nquotas: { failOpen: "true" }`, true],
    ['no boolean in quotes', `${targets}\nquotas: { failOpen: "yes" }`, false],
    ['the other boolean in quotes', 'targets: { a: { kind: ssh, hosts: { sshConfig: "false" } } }', false],
    ['a long placeholder', `defaults: { target: "${name}", user: "${name}" }\n${targets}`, true],
    ['a name that is too long', `defaults: { target: ${'a'.repeat(65)} }\n${targets}`, false],
    ['text that is too long', `defaults: { user: ${'u'.repeat(257)} }\n${targets}`, false],
  ])('on %s', async (_what, keys, valid) => {
    const text = `version: 1\n${keys}\n`;
    expect(schema.safeParse(parse(text)).success).toBe(valid);
    const read = rig.read(text);
    await (valid ? expect(read).resolves.toBeDefined() : expect(read).rejects.toThrow());
  });
});
