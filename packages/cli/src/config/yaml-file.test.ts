import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ConfigRig } from './config-rig.fixture.ts';

const rig = new ConfigRig();

beforeAll(() => rig.make());

afterAll(() => rig.remove());

const ONE = 'version: 1\ntargets:\n  here: { kind: local }\n';
/** A fault that none of YAML itself may hide. */
const LAST = 'defaults: { timeout: 30 }\n';
const LAST_SAYS = 'defaults.timeout: is a number without a unit. Allowed: such as 500ms, 30s or 1h30m.';
const NO_MAPPING = 'brings in what is no mapping. Allowed: a mapping, or a list of mappings.';

describe('what no configuration can have in YAML', () => {
  test.each([
    ['a merge of a number', '  a:\n    <<: 5\n    kind: local\n', `5:9: targets.a["<<"]: ${NO_MAPPING}`],
    [
      'a merge of an alias of text',
      '  a: { kind: local, description: &d x }\n  b: { <<: *d, kind: local }\n',
      `5:12: targets.b["<<"]: ${NO_MAPPING}`,
    ],
    ['a merge of a list with a number', '  a: { <<: [{ kind: local }, 7], kind: local }\n', `4:30: targets.a["<<"]: ${NO_MAPPING}`],
    ['a merge of what is not there', '  a: { <<: *x, kind: local }\n', '4:12: targets.a["<<"]: there is no anchor &x above.'],
    ['a merge of itself', '  a: &t { <<: *t, kind: local }\n', '4:15: targets.a["<<"]: *t stands in what it names.'],
    [
      'a merge of what is around it',
      '  a: &t { kind: local, labels: { <<: *t } }\n',
      '4:38: targets.a.labels["<<"]: *t stands in what it names.',
    ],
    ['itself', '  a: &t { kind: local, labels: *t }\n', '4:32: targets.a.labels: *t stands in what it names.'],
    ['a list as a key', '  ? [x]\n  : { kind: local }\n', '4:5: a key is no text. Allowed: names.'],
    ['a set', '  a: { kind: local, labels: !!set { x } }\n', '4:35: targets.a.labels: has the tag !!set. Allowed: none.'],
    ['bytes', '  a: { kind: local, description: !!binary aGk= }\n', '4:43: targets.a.description: has the tag !!binary. Allowed: none.'],
  ])('is told at its place, with all else: %s', async (_what, text, says) => {
    const warned = vi.spyOn(process, 'emitWarning');
    expect(await rig.faults(`${ONE}${text}${LAST}`)).toEqual([says, `${3 + text.split('\n').length}:22: ${LAST_SAYS}`]);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  test.each([
    ['lists in brackets', `x: ${'['.repeat(20_000)}`, 'version: 1\n', '2:103'],
    ['lists', `${'- '.repeat(5_000)}x`, '\n', '2:201'],
    ['mappings in brackets', `${'{ a: '.repeat(101)}${'}'.repeat(101)}`, '\n', '2:501'],
  ])('is too deep a nesting of %s', async (_what, text, before, place) => {
    expect(await rig.faults(`${before}${text}\n`)).toEqual([`${place}: is nested too deeply. Allowed: 100 levels.`]);
  });

  test('a list in 99 others is not', async () => {
    const found = await rig.faults(`${ONE}x: ${'['.repeat(99)}${']'.repeat(99)}\n`);
    expect(found).toEqual(['4:1: x: is not known here. Allowed: version, targets, defaults, mcp, http, quotas, tools.']);
  });

  test('a merge of a list of mappings is none', async () => {
    const { targets } = await rig.read(
      'version: 1\ntargets:\n  a: &a { kind: local, labels: { x: y } }\n  b: { <<: [*a, { description: other }] }\n',
    );
    expect(targets.get('b')).toMatchObject({ labels: { x: 'y' }, description: 'other' });
  });
});
