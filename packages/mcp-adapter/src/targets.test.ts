import { type Executor, localExecutor } from '@errand/core';
import { afterAll, expect, test } from 'vitest';
import { TargetList } from './targets.ts';

const executors: Executor[] = [];
afterAll(async () => await Promise.all(executors.map((executor) => executor.close())));

function make(name: string): Executor {
  const executor = localExecutor({ name });
  executors.push(executor);
  return executor;
}

function numbered(count: number): Executor[] {
  return Array.from({ length: count }, (_, i) => make(`host${String(i).padStart(3, '0')}`));
}

test('one executor needs no name in a call', () => {
  const only = make('only');
  expect(new TargetList(only).resolve(undefined).executor).toBe(only);
  expect(new TargetList([only]).resolve('only').executor).toBe(only);
});

test('of several executors a call must name one, and the fault lists the names', () => {
  const targets = new TargetList([make('b'), { executor: make('a') }]);
  expect(() => targets.resolve(undefined)).toThrow(
    expect.objectContaining({ code: 'EXEC_INVALID_OPTION', message: 'target: it is missing, and there are several. Allowed: a, b.' }),
  );
});

test('of several executors the default one needs no name, and it must be one of them', () => {
  const [a, b] = [make('a'), make('b')];
  const targets = new TargetList([a, b], { defaultTarget: 'b' });
  expect(targets.resolve(undefined).executor).toBe(b);
  expect(targets.resolve('a').executor).toBe(a);
  expect(targets.defaultName).toBe('b');
  for (const defaultTarget of ['c', '', '__proto__'])
    expect(() => new TargetList([a, b], { defaultTarget })).toThrow(
      expect.objectContaining({
        code: 'EXEC_INVALID_OPTION',
        message: `defaultTarget: there is no executor named '${defaultTarget}'. Allowed: a, b.`,
      }),
    );
});

test.each([0, 1.5, 60_001, '5'])('a default timeout of a target that it cannot have is refused: %s', (timeout) => {
  const target = { executor: make('a'), defaultTimeoutMs: timeout as number };
  expect(() => new TargetList([target], { maxTimeoutMs: 60_000 })).toThrow(/^executors: .*defaultTimeoutMs of 'a'.*1 … 60000/);
});

test('an unknown target is told with the names that there are, of many the first ten', () => {
  expect(() => new TargetList([make('b'), make('a')]).resolve('c')).toThrow(
    expect.objectContaining({
      code: 'EXEC_NOT_FOUND',
      message: "target: there is none named 'c'. Allowed: a, b.",
      detail: { what: 'target', name: 'c' },
    }),
  );
  expect(() => new TargetList(numbered(12)).resolve('c')).toThrow(/host009, and 2 more in the list of targets/);
});

test('names that objects have by nature are no targets', () => {
  expect(() => new TargetList(make('a')).resolve('__proto__')).toThrow(/none named '__proto__'/);
});

test('two executors of one name, or none at all, are refused', () => {
  expect(() => new TargetList([make('same'), make('same')])).toThrow(/executors: two are named 'same'/);
  expect(() => new TargetList([])).toThrow(/executors: there is none/);
});

test('pages have 50 targets, in the order of names, and together all of them', () => {
  const targets = new TargetList(numbered(101).toReversed());
  const names: string[] = [];
  const sizes: number[] = [];
  let cursor: string | undefined;
  do {
    const page = targets.page({ cursor });
    names.push(...page.targets.map(({ executor }) => executor.name));
    sizes.push(page.targets.length);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(sizes).toEqual([50, 50, 1]);
  expect(names).toEqual(targets.names);
});

test('a last page that is full has no cursor', () => {
  expect(new TargetList(numbered(50)).page({})).not.toHaveProperty('nextCursor');
});

test('targets are found by a part of the name or description in any case, and by all of the labels', () => {
  const targets = new TargetList([
    { executor: make('web1'), description: 'The Shop', labels: { env: 'prod', tier: 'web' } },
    { executor: make('web2'), labels: { env: 'test', tier: 'web' } },
    make('db'),
  ]);
  const found = (query: Parameters<TargetList['page']>[0]): string[] => targets.page(query).targets.map(({ executor }) => executor.name);
  expect(found({ query: 'WEB' })).toEqual(['web1', 'web2']);
  expect(found({ query: 'shop' })).toEqual(['web1']);
  expect(found({ labels: { tier: 'web', env: 'prod' } })).toEqual(['web1']);
  expect(found({ labels: { toString: 'x' } })).toEqual([]);
  expect(found({ query: 'web', labels: { env: 'test' } })).toEqual(['web2']);
});

test.each(['', 'ä', 'not base64!', '/'])('a cursor that is not ours is refused: %j', (cursor) => {
  expect(() => new TargetList(make('a')).page({ cursor })).toThrow(/cursor: not one of ours/);
});

test.each([undefined, null, 'local', {}, [undefined], [{ executor: 'local' }]])('what is no executor is refused: %j', (targets) => {
  expect(() => new TargetList(targets as unknown as Executor)).toThrow(
    expect.objectContaining({ code: 'EXEC_INVALID_OPTION', message: expect.stringMatching(/^executors: /) }),
  );
});
