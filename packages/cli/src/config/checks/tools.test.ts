import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigRig } from '../config-rig.fixture.ts';
import { faultLine } from '../fault.ts';

const rig = new ConfigRig();

beforeAll(() => rig.make());

afterAll(() => rig.remove());

const ONE = 'version: 1\ntargets:\n  here: { kind: local }\n';

describe('tools in a configuration file', () => {
  test('are checked against their parameters and the targets', async () => {
    expect(
      await rig.faults(`${ONE}tools:
  a: { argv: [x, "{p}", "a{q}"], parameters: { q: { type: string, pattern: "[" }, r: { type: enum } } }
  b: { script: x, argv: [y], targets: [nowhere] }
  c: {}
  d: { argv: ["{e}", "{n}", "{o}"], parameters: { e: { type: enum, values: [x], default: y }, n: { type: integer, maximum: 3, default: 4 }, o: { type: string, optional: true, default: x } } }
  e: { argv: [x], parameters: { execution: { type: string } } }
  f: { script: x, parameters: { x: { type: strnig } } }
  g: { steps: [{ argv: ["{p}"] }, { script: x, argv: [y] }, {}], parameters: { p: { type: string } }, session: s, limits: { processes: 4 } }
  h: { script: x, steps: [], output: { type: json }, when: { label: x } }
  i: { argv: [x, "{f}"], output: { type: file, path: "{f}", max: 9GiB }, parameters: { f: { type: string }, target: { type: string } } }
  j: { script: x, output: { type: xml }, session: a b }
  read_file: { script: x }
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
      '7:6: tools.c: has no command. Allowed: argv, script, or steps.',
      '8:90: tools.d.parameters.e.default: is none of values.',
      '8:136: tools.d.parameters.n.default: is not between minimum and maximum.',
      '8:185: tools.d.parameters.o.default: stands beside optional. Allowed: one of them.',
      expect.stringMatching(/^9:33: tools.e.parameters.execution: is no name\./),
      '10:44: tools.f.parameters.x.type: is not known. Allowed: string, integer, number, boolean, enum, path, list.',
      '11:25: tools.g.steps[0].argv[0]: lets a caller choose the program. Allowed: a program, or an enum that is always there.',
      '11:45: tools.g.steps[1].script: stands beside argv. Allowed: one of them.',
      '11:61: tools.g.steps[2]: has no command. Allowed: argv, or script.',
      '11:112: tools.g.session: stands beside argv. Allowed: script, which the shell of the session parses.',
      '11:123: tools.g.limits: stands beside session. Allowed: one of them.',
      '12:26: tools.h.steps: is empty. Allowed: a list of at least one.',
      '12:30: tools.h.output.schema: is missing. Allowed: a JSON Schema.',
      '12:62: tools.h.when.label: is not known here. Allowed: labels, healthy.',
      '13:54: tools.i.output.path: is no such path. Allowed: an absolute path, or {NAME} of a path parameter that is always there.',
      '13:66: tools.i.output.max: is out of range. Allowed: 1B to 8MiB.',
      expect.stringMatching(/^13:109: tools.i.parameters.target: is no name\./),
      '14:35: tools.j.output.type: is not known. Allowed: text, json, file.',
      "14:51: tools.j.session: is not allowed. Allowed: 1 to 64 letters, digits, '_', '.', ':' and '-'.",
      "15:3: tools.read_file: is the name of one of Errand's own tools. Allowed: another one.",
    ]);
  });

  test('give warnings where nothing is wrong and something is likely a mistake', async () => {
    const { warnings, tools } = await rig.read(`${ONE}  far: { kind: local }
tools:
  a: { description: d, targets: { env: prod }, argv: [df, "{path}"], parameters: { path: { type: path, root: /srv, default: /srv } }, readOnly: true, timeout: 5s }
  b: { targets: [here], script: 'echo "$ERRAND_REF"', parameters: { ref: { type: string, pattern: "[a-z]" }, other: { type: boolean } } }
  c: { description: d, steps: [{ argv: [echo, "{x}"] }, { script: 'echo "$ERRAND_Y"' }], parameters: { x: { type: string, pattern: "^a$" }, y: { type: string } } }
`);
    expect(warnings.map((warning) => faultLine('', warning).slice(1))).toEqual([
      '6:33: tools.a.targets: no target has these labels.',
      '7:6: tools.b: has no description: a model sees its name alone.',
      '7:99: tools.b.parameters.ref.pattern: may match a part of a value: ^ at its begin and $ at its end bind it.',
      '7:117: tools.b.parameters.other: the script does not use $ERRAND_OTHER.',
    ]);
    expect(tools?.['a']).toMatchObject({
      readOnly: true,
      options: { timeoutMs: 5_000 },
      parameters: { path: { type: 'path', root: '/srv' } },
    });
  });
});
