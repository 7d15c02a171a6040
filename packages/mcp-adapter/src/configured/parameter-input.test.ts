import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parameterInput, type Reach } from './parameter-input.ts';
import type { ToolParameter } from './tool-parameter.ts';

/** What is wrong with a value, or nothing. */
function fault(parameter: ToolParameter, value: unknown, reach: Reach = {}): string | undefined {
  const { error } = parameterInput(parameter, reach).safeParse(value);
  return error?.issues[0]?.message;
}

const string = { type: 'string' } as const;
const list = { type: 'list' } as const;
const path = { type: 'path', root: '/srv' } as const;

describe('a value is taken as it is', () => {
  test.each<[ToolParameter, unknown]>([
    [string, ''],
    [string, 'it\'s; $(rm -rf /) `x` "y" \\ \n\t * ? ~ é 漢 𝒳 \u00a0'],
    [string, '{ref}'],
    [string, 'x--'],
    [{ type: 'string', allowDash: true }, '--force'],
    [{ type: 'string', pattern: '^[a-z]+$', maxLength: 3 }, 'abc'],
    [{ type: 'string', maxLength: 2 }, '𝒳𝒳'],
    [{ type: 'integer' }, 0],
    [{ type: 'integer', minimum: -5 }, -5],
    [{ type: 'number' }, 1.5],
    [{ type: 'boolean' }, false],
    [{ type: 'enum', values: ['-v', 'x'] }, '-v'],
    [path, 'a/b'],
    [path, '/srv/a..b/..c'],
    [list, []],
    [list, ['a', "b'c", '']],
  ])('%j takes %j', (parameter, value) => {
    expect(parameterInput(parameter).parse(value)).toEqual(value);
  });
});

describe('a value that is not as it is declared is refused', () => {
  test.each<[ToolParameter, unknown, RegExp]>([
    [string, 7, /expected string/],
    [string, null, /expected string/],
    [string, ['a'], /expected string/],
    [string, { toString: 'x' }, /expected string/],
    [string, undefined, /expected string/],
    [string, 'a\0b', /^holds a NUL/],
    [string, 'a\ud800', /^holds half of a surrogate pair/],
    [string, '-rf', /^begins with '-'/],
    [string, 'x'.repeat(4_097), /^has 4097 characters\. Allowed: 0 … 4096/],
    [{ type: 'string', minLength: 1 }, '', /^has 0 characters\. Allowed: 1/],
    [{ type: 'string', minLength: 2 }, '𝒳', /^has 1 characters\. Allowed: 2/],
    [{ type: 'string', pattern: '^[a-z0-9.-]+$' }, 'v1\n', /^does not match/],
    [{ type: 'string', pattern: '^[a-z0-9.-]+$' }, 'v1;id', /^does not match/],
    [{ type: 'string', pattern: '^[a-z0-9.-]+$' }, '--upload-pack=id', /^begins with '-'/],
    [{ type: 'integer' }, '5', /expected number/],
    [{ type: 'integer' }, 1.5, /^is no whole number/],
    [{ type: 'integer' }, 1e21, /^is no whole number/],
    [{ type: 'integer' }, -1, /^is too small\. Allowed: at least 0/],
    [{ type: 'integer', minimum: 2, maximum: 4 }, 5, /^is too large\. Allowed: at most 4/],
    [{ type: 'integer' }, true, /expected number/],
    [{ type: 'number' }, '1.5', /expected number/],
    [{ type: 'number' }, Number.NaN, /expected number/],
    [{ type: 'number' }, Number.POSITIVE_INFINITY, /expected number/],
    [{ type: 'boolean' }, 'true', /expected boolean/],
    [{ type: 'boolean' }, 1, /expected boolean/],
    [{ type: 'enum', values: ['a', 'b'] }, 'c', /expected one of/],
    [{ type: 'enum', values: ['a', 'b'] }, '__proto__', /expected one of/],
    [{ type: 'enum', values: ['a', 'b'] }, 'constructor', /expected one of/],
    [path, '', /^has 0 characters/],
    [path, '../etc/passwd', /^has '\.\.' in it/],
    [path, '/srv/a/../../etc', /^has '\.\.' in it/],
    [path, 'a/..', /^has '\.\.' in it/],
    [path, 'a\0/b', /^holds a NUL/],
    [path, 7, /expected string/],
    [list, 'a', /expected array/],
    [list, { 0: 'a', length: 1 }, /expected array/],
    [list, ['a', 7], /expected string/],
    [list, ['a', '-rf'], /^begins with '-'/],
    [list, ['a\0'], /^holds a NUL/],
    [list, Array(101).fill('a'), /^has 101 items\. Allowed: 0 … 100/],
    [{ type: 'list', maxItems: 1, pattern: '^a$' }, ['b'], /^does not match/],
    [{ type: 'list', minItems: 1 }, [], /^has 0 items/],
  ])('%j does not take %j', (parameter, value, says) => {
    expect(fault(parameter, value)).toMatch(says);
  });
});

test('a text that no command could take is refused', () => {
  const parameter = { type: 'string', maxLength: 65_536 } as const;
  expect(fault(parameter, '漢'.repeat(43_000))).toBeUndefined();
  expect(fault(parameter, '漢'.repeat(65_536))).toBe('has 196608 bytes. Allowed: at most 131000');
});

test("what follows '--' may begin with '-'", () => {
  expect(fault(string, '-rf', { mayDash: true })).toBeUndefined();
  expect(fault(list, ['-rf'], { mayDash: true })).toBeUndefined();
  expect(fault({ type: 'integer' }, -1, { mayDash: true })).toBeUndefined();
});

test('an item that is to be a line is one', () => {
  expect(fault(list, ['a', 'b\nc'])).toBeUndefined();
  expect(fault(list, ['a', 'b\nc'], { asLines: true })).toMatch(/^holds an end of line/);
});

test('a text that is too long is refused before its pattern looks at it', () => {
  const begin = performance.now();
  expect(fault({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(100_000)}!`)).toMatch(/^has 100001 characters/);
  expect(performance.now() - begin).toBeLessThan(5_000);
});

test('a text that makes its pattern backtrack without end is refused, and holds up nothing for long', () => {
  const begin = performance.now();
  expect(fault({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(4_000)}!`)).toBe(
    'takes too long to be matched. Allowed: a shorter text',
  );
  expect(fault({ type: 'list', pattern: '^(a+)+$' }, [`${'a'.repeat(4_000)}!`])).toMatch(/^takes too long/);
  expect(performance.now() - begin).toBeLessThan(20_000);
  expect(fault({ type: 'string', pattern: '^(a+)+$' }, 'a'.repeat(4_000))).toBeUndefined();
});

test('clients are told what is allowed', () => {
  const shown = (parameter: ToolParameter): object => {
    const { $schema: _, ...schema } = z.toJSONSchema(z.object({ x: parameterInput(parameter) }), { io: 'input' });
    return schema;
  };
  expect(shown({ type: 'string', pattern: '^a$', maxLength: 3, description: 'What.', default: 'a' })).toEqual({
    type: 'object',
    properties: { x: { type: 'string', pattern: '^a$', maxLength: 3, description: 'What.', default: 'a' } },
  });
  expect(shown({ type: 'integer', maximum: 9, optional: true })).toEqual({
    type: 'object',
    properties: { x: { type: 'integer', minimum: 0, maximum: 9 } },
  });
  expect(shown({ type: 'path', root: '/srv' })).toMatchObject({
    properties: { x: { type: 'string', description: 'A path below /srv.' } },
    required: ['x'],
  });
  expect(shown({ type: 'enum', values: ['a'] })).toMatchObject({ properties: { x: { type: 'string', enum: ['a'] } } });
  expect(shown({ type: 'list', pattern: '^a' })).toMatchObject({
    properties: { x: { type: 'array', items: { type: 'string', pattern: '^a' }, maxItems: 100 } },
  });
});
