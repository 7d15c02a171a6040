import { describe, expect, test } from 'vitest';
import { type ConfiguredTools, checkConfigured } from './check-configured.ts';

const string = { type: 'string' };
const argv = (...words: string[]): object => ({ argv: words });

describe('a tool that cannot be is refused by what is wrong in it', () => {
  test.each<[path: string, tool: object]>([
    ['tools.t', {}],
    ['tools.t.script', { argv: ['a'], script: 'b' }],
    ['tools.t.steps', { argv: ['a'], steps: [argv('b')] }],
    ['tools.t.argv', { argv: [] }],
    ['tools.t.argv[0]', { argv: [7] }],
    ['tools.t.argv[1]', argv('a', 'b\0')],
    ['tools.t.script', { script: '' }],
    ['tools.t.shell', { script: 'x', shell: '/bin/sh' }],
    ['tools.t.steps[0]', { steps: [{}] }],
    ['tools.t.steps[0].name', { steps: [{ argv: ['a'], name: "'; id" }] }],
    ['tools.t.steps[1].script', { steps: [argv('a'), { argv: ['a'], script: 'b' }] }],
    ['tools.t.argv[1]', argv('a', '{p}')],
    ['tools.t.argv[1]', { argv: ['a', '{constructor}'] }],
    ['tools.t.argv[1]', { argv: ['a', '--x={p}'], parameters: { p: string } }],
    ['tools.t.argv[0]', { argv: ['{p}'], parameters: { p: string } }],
    ['tools.t.argv[0]', { argv: ['{p}'], parameters: { p: { type: 'enum', values: ['a'], optional: true } } }],
    ['tools.t.parameters.p', { argv: ['a'], parameters: { p: string } }],
    ...['PATH', '__proto__x', 'execution', 'target', 'idempotency_key', '1a', 'a-b', 'a b', 'a\nb', 'é', ''].map(
      (name): [string, object] => ['tools.t.parameters', { script: 'x', parameters: { [name]: string } }],
    ),
    ['tools.t.parameters', { script: 'x', parameters: JSON.parse('{"__proto__":{"type":"string"}}') }],
    ['tools.t.parameters.p.type', { script: 'x', parameters: { p: {} } }],
    ['tools.t.parameters.p.type', { script: 'x', parameters: { p: { type: 'constructor' } } }],
    ['tools.t.parameters.p.pattern', { script: 'x', parameters: { p: { type: 'string', pattern: '[' } } }],
    ['tools.t.parameters.p.values', { script: 'x', parameters: { p: { type: 'enum' } } }],
    ['tools.t.parameters.p.root', { script: 'x', parameters: { p: { type: 'path' } } }],
    ['tools.t.parameters.p.root', { script: 'x', parameters: { p: { type: 'path', root: 'srv' } } }],
    ['tools.t.parameters.p.root', { script: 'x', parameters: { p: { type: 'string', root: '/srv' } } }],
    ['tools.t.parameters.p.default', { script: 'x', parameters: { p: { type: 'integer', default: '5' } } }],
    ['tools.t.parameters.p.default', { script: 'x', parameters: { p: { type: 'enum', values: ['a'], default: 'b' } } }],
    ['tools.t.parameters.p.default', { script: 'x', parameters: { p: { type: 'string', default: 'a', optional: true } } }],
    ['tools.t.session', { argv: ['a'], session: 's' }],
    ['tools.t.session', { script: 'a', session: 'a b' }],
    ['tools.t.limits', { script: 'a', session: 's', limits: { processes: 1 } }],
    ['tools.t.timeoutMs', { script: 'a', timeoutMs: 0 }],
    ['tools.t.output.type', { script: 'a', output: {} }],
    ['tools.t.output.type', { script: 'a', output: { type: 'xml' } }],
    ['tools.t.output.schema', { script: 'a', output: { type: 'json' } }],
    ['tools.t.output.schema', { script: 'a', output: { type: 'json', schema: { type: 'strng' } } }],
    ['tools.t.output.schema', { script: 'a', output: { type: 'json', schema: { typ: 'string' } } }],
    ['tools.t.output.path', { script: 'a', output: { type: 'file', path: 'rel' } }],
    ['tools.t.output.path', { script: 'a', output: { type: 'file', path: '{p}' }, parameters: { p: string } }],
    ['tools.t.output.mimeType', { script: 'a', output: { type: 'file', path: '/x', mimeType: 'png' } }],
    ['tools.t.when.label', { script: 'a', when: { label: 'x' } }],
    ['tools.t.readOnly', { script: 'a', readOnly: 'yes' }],
  ])('%s of %j', (option, tool) => {
    expect(() => checkConfigured({ t: tool } as ConfiguredTools)).toThrow(
      expect.objectContaining({ code: 'EXEC_INVALID_OPTION', message: expect.stringMatching(/Allowed: /), detail: { option } }),
    );
  });

  test.each([['run_command'], ['read_file'], ['a b'], ['x'.repeat(65)], ['a.b'], ['é'], ['']])('the name %j', (name) => {
    expect(() => checkConfigured({ [name]: { argv: ['a'] } })).toThrow(expect.objectContaining({ detail: { option: 'tools' } }));
  });
});

test('names that JavaScript gives a meaning are names as any other', () => {
  const parameters = { constructor: { type: 'string' as const }, valueof: { type: 'string' as const } };
  expect(() => checkConfigured({ constructor: { argv: ['a', '{constructor}', '{valueof}'], parameters } })).not.toThrow();
});
