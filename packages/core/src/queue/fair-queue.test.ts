import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Place, Turned } from './fair-class.ts';
import { FairQueue } from './fair-queue.ts';

/** Takes all, in order. */
function all<T>(queue: FairQueue<T>): T[] {
  const items: T[] = [];
  for (let place = queue.take(0); place; place = queue.take(0)) items.push(place.item);
  return items;
}

describe('a fair queue', () => {
  test('gives turns by priority, and in each in the order of arrival', () => {
    const queue = new FairQueue<string>();
    for (const [name, priority] of [
      ['low1', -10],
      ['high1', 10],
      ['seven', 7],
      ['high2', 10],
      ['low2', -10],
    ] as const)
      queue.add(name, 'a', priority, 0);
    expect(all(queue)).toEqual(['high1', 'high2', 'seven', 'low1', 'low2']);
  });

  test('lets every class have a turn, also while better ones never end', () => {
    const queue = new FairQueue<string>();
    for (let i = 0; i < 100; i += 1) queue.add('high', 'a', 10, 0);
    queue.add('low', 'a', -10, 0);
    queue.add('normal', 'a', 0, 0);
    const order = all(queue);
    expect(order.indexOf('low')).toBeLessThanOrEqual(24);
    expect(order.indexOf('normal')).toBeLessThanOrEqual(24);
  });

  test('shares turns between tenants by their weights, however many wait', () => {
    const queue = new FairQueue<string>();
    queue.setWeight('b', 3, 0);
    for (let i = 0; i < 1_000; i += 1) queue.add('a', 'a', 0, 0);
    for (let i = 0; i < 300; i += 1) queue.add('b', 'b', 0, 0);
    const order = all(queue).slice(0, 400);
    expect(order.filter((name) => name === 'b').length).toBe(300);
    for (let i = 0; i < 400; i += 40) expect(order.slice(i, i + 40).filter((name) => name === 'b').length).toBe(30);
  });

  test('gives a tenant that comes back at once no more than its share', () => {
    const queue = new FairQueue<string>();
    for (let i = 0; i < 100; i += 1) queue.add('flood', 'flood', 0, 0);
    const order: (string | undefined)[] = [];
    for (let i = 0; i < 40; i += 1) {
      if (order.at(-1) !== 'flood' || i === 0) queue.add('one', 'one', 0, 0);
      order.push(queue.take(0)?.item);
    }
    expect(order.filter((name) => name === 'one').length).toBeLessThanOrEqual(21);
    expect(order.filter((name) => name === 'one').length).toBeGreaterThanOrEqual(19);
  });

  test('lets who has a debt have its turn, also while new tenants never end, and forgets those', () => {
    const queue = new FairQueue<string>();
    let now = 0;
    queue.add('first', 'old', 0, now);
    const long = queue.take(now);
    queue.add('new', 'new', 0, now);
    now = 2_000;
    if (long) queue.end(long, now);
    queue.add('again', 'old', 0, now);
    let turns = 0;
    for (let item = ''; item !== 'again' && turns < 2_000; turns += 1) {
      queue.add('new', `new ${turns}`, 0, now);
      const place = queue.take(now);
      item = place?.item ?? '';
      now += 10;
      if (place) queue.end(place, now);
    }
    // Half of 2,000 ms were its own; of what is used while three wait, a third.
    expect(turns).toBeLessThanOrEqual(320);
  });

  test('counts what was used before a weight changed by the old one', () => {
    for (const weight of [0.001, 0.1, 1]) {
      const queue = new FairQueue<string>();
      const turned = queue.begin('a', 0, 0);
      queue.add('other', 'other', 0, 0);
      queue.setWeight('a', weight, 1_000);
      queue.end(turned, 1_000);
      queue.add('a', 'a', 0, 1_000);
      let turns = 0;
      for (let now = 1_000, item = ''; item !== 'a' && turns < 5_000; turns += 1) {
        const place = queue.take(now);
        item = place?.item ?? '';
        if (item === 'other') queue.add('other', 'other', 0, now);
        now += 1;
        if (place) queue.end(place, now);
      }
      expect(turns).toBeLessThanOrEqual(1_002);
      expect(turns).toBeGreaterThanOrEqual(450);
    }
  });

  test('tells how many are ahead also of those that a gate holds up', () => {
    const gate = { isOpen: false, onOpen: () => () => {} };
    const queue = new FairQueue<string>();
    const places = ['a', 'b', 'c'].map((name) => queue.add(name, 'x', 0, 0, [gate]));
    const last = queue.add('d', 'x', 0, 0);
    const ahead = (): number[] => [...places, last].map((place) => queue.ahead(place));
    expect(ahead()).toEqual([0, 1, 2, 3]);
    const free = queue.take(0);
    expect(free?.item).toBe('d');
    expect(places.map((place) => queue.ahead(place))).toEqual([0, 1, 2]);
    queue.opened(gate, 0);
    expect(places.map((place) => queue.ahead(place))).toEqual([0, 1, 2]);
  });

  test('gives who was idle for long no turns that it has saved up', () => {
    const queue = new FairQueue<string>();
    queue.add('late', 'late', 0, 0);
    for (let i = 0; i < 100; i += 1) queue.add('flood', 'flood', 0, 0);
    for (let i = 0; i < 50; i += 1) queue.take(0);
    for (let i = 0; i < 10; i += 1) queue.add('late', 'late', 0, 0);
    expect(
      all(queue)
        .slice(0, 20)
        .filter((name) => name === 'late').length,
    ).toBe(10);
  });

  test('passes those over who are blocked, and keeps their order', () => {
    const queue = new FairQueue<string>();
    for (const name of ['a1', 'a2', 'b1', 'b2']) queue.add(name, name.slice(0, 1), 0, 0);
    queue.block('a', 0);
    queue.add('a3', 'a', 5, 0);
    expect(queue.take(0)?.item).toBe('b1');
    queue.unblock('a', 0);
    expect(all(queue)).toEqual(['a3', 'a1', 'b2', 'a2']);
  });

  test('moves one to the end of another line', () => {
    const queue = new FairQueue<string>();
    const [one] = ['one', 'two', 'three'].map((name) => queue.add(name, 'a', 0, 0));
    queue.add('better', 'a', 10, 0);
    if (one) queue.move(one, 10, 0);
    expect(all(queue)).toEqual(['better', 'one', 'two', 'three']);
  });
});

/** Everything that can happen, against sets and lists. */
describe('whatever happens in a fair queue', () => {
  type Act = readonly ['add' | 'take' | 'begin' | 'end' | 'remove' | 'move' | 'block' | 'unblock' | 'weigh', number, number];
  const act: fc.Arbitrary<Act> = fc.tuple(
    fc.constantFrom('add', 'add', 'add', 'take', 'take', 'begin', 'end', 'remove', 'move', 'block', 'unblock', 'weigh'),
    fc.nat(),
    fc.nat(),
  );

  test('nobody is lost or doubled, nobody blocked is taken, each line keeps its order, and no class waits for ever', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 400, size: 'max' }), (acts) => {
        const queue = new FairQueue<number>();
        const waiting = new Map<number, { place: Place<number>; tenant: string; priority: number; order: number }>();
        const blocked = new Set<string>();
        const withoutTurn = new Map<number, number>();
        const turned: Turned<number>[] = [];
        let now = 0;
        let made = 0;
        const ready = (): number[] => [...waiting].filter(([, { tenant }]) => !blocked.has(tenant)).map(([item]) => item);
        for (const [what, x, y] of acts) {
          const tenant = 'abcd'.charAt(x % 4);
          const priority = [-10, 0, 3, 10][y % 4] ?? 0;
          const [chosen] = [...waiting].slice(x % Math.max(1, waiting.size));
          now += x % 3;
          if (what === 'add') waiting.set(made, { place: queue.add(made, tenant, priority, now), tenant, priority, order: made++ });
          else if (what === 'begin') turned.push(queue.begin(tenant, priority, now));
          else if (what === 'end') for (const one of turned.splice(x % Math.max(1, turned.length), 1)) queue.end(one, now);
          else if (what === 'block') queue.block([...blocked.add(tenant)].at(-1) ?? tenant, now);
          else if (what === 'unblock') {
            queue.unblock(tenant, now);
            blocked.delete(tenant);
          } else if (what === 'weigh') queue.setWeight(tenant, 0.5 + (y % 8), now);
          else if (what === 'remove' && chosen) {
            queue.remove(chosen[1].place, now);
            waiting.delete(chosen[0]);
          } else if (what === 'move' && chosen) {
            const [item, was] = chosen;
            const order = was.priority === priority ? was.order : made++;
            waiting.set(item, { ...was, place: queue.move(was.place, priority, now), priority, order });
          } else if (what === 'take') {
            const candidates = ready();
            const place = queue.take(now);
            const item = place?.item;
            expect(item === undefined).toBe(candidates.length === 0);
            if (!place || item === undefined) continue;
            turned.push(place);
            expect(candidates).toContain(item);
            const taken = waiting.get(item);
            const line = candidates
              .map((one) => waiting.get(one))
              .filter((one) => one?.tenant === taken?.tenant && one?.priority === taken?.priority);
            expect(Math.min(...line.map((one) => one?.order ?? 0))).toBe(taken?.order);
            for (const one of new Set(candidates.map((candidate) => waiting.get(candidate)?.priority ?? 0)))
              withoutTurn.set(one, one === taken?.priority ? 0 : (withoutTurn.get(one) ?? 0) + 1);
            // Four classes, each eighth turn to the one that has waited longest.
            expect(Math.max(0, ...withoutTurn.values())).toBeLessThanOrEqual(8 * 4);
            waiting.delete(item);
            for (const one of withoutTurn.keys())
              if (![...waiting.values()].some((w) => w.priority === one && !blocked.has(w.tenant))) withoutTurn.delete(one);
          }
          expect(queue.size).toBe(waiting.size);
          for (const { place, tenant: of, priority: at, order } of waiting.values()) {
            const ahead = [...waiting.values()].filter((other) => other.tenant === of && other.priority === at && other.order < order);
            expect(queue.ahead(place)).toBe(ahead.length);
          }
        }
        for (const tenant of 'abcd') queue.unblock(tenant, now);
        const rest: number[] = [];
        for (let place = queue.take(now); place; place = queue.take(now)) {
          rest.push(place.item);
          turned.push(place);
        }
        expect(rest.sort((a, b) => a - b)).toEqual([...waiting.keys()].sort((a, b) => a - b));
        for (const one of turned) queue.end(one, now);
        expect(queue.isEmpty).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
