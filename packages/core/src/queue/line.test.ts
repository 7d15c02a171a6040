import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Line } from './line.ts';

/** The same, as plainly as it can be said. */
class Model {
  readonly items: { readonly place: number; readonly name: number }[] = [];
}

class Real {
  readonly line = new Line<{ readonly place: number; readonly name: number }>();
}

function check(model: Model, { line }: Real): void {
  expect(line.size).toBe(model.items.length);
  expect(line.first).toBe(model.items[0]);
}

class Join implements fc.Command<Model, Real> {
  readonly #name: number;

  constructor(name: number) {
    this.#name = name;
  }

  check = (): boolean => true;
  run(model: Model, real: Real): void {
    model.items.push(real.line.join((place) => ({ place, name: this.#name })));
    check(model, real);
  }
  toString = (): string => `join(${this.#name})`;
}

class Leave implements fc.Command<Model, Real> {
  readonly #which: number;

  constructor(which: number) {
    this.#which = which;
  }

  check = ({ items }: Readonly<Model>): boolean => items.length > 0;
  run(model: Model, real: Real): void {
    const index = this.#which % model.items.length;
    const [item] = model.items.splice(index, 1);
    if (!item) throw new Error('The model is wrong.');
    expect(real.line.ahead(item.place)).toBe(index);
    expect(real.line.remove(item.place)).toBe(true);
    expect(real.line.remove(item.place)).toBe(false);
    check(model, real);
  }
  toString = (): string => `leave(${this.#which})`;
}

test('a line knows who is first and how many are ahead, whoever leaves', () => {
  const commands = [
    fc.nat().map((name) => new Join(name)),
    // Mostly the first leaves.
    fc.oneof(fc.constant(0), fc.constant(0), fc.nat()).map((which) => new Leave(which)),
  ];
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 600, size: 'max' }), (run) => {
      fc.modelRun(() => ({ model: new Model(), real: new Real() }), run);
    }),
    { numRuns: 60 },
  );
});

test('a line that goes on for ever keeps no room for those who left', () => {
  const line = new Line<{ readonly place: number }>();
  const join = (): { readonly place: number } => line.join((place) => ({ place }));
  for (let i = 0; i < 10; i += 1) join();
  for (let i = 0; i < 200_000; i += 1) {
    join();
    expect(line.remove(line.first?.place ?? -1)).toBe(true);
  }
  expect(line.size).toBe(10);
  expect(line.room).toBeLessThan(200);
});

test('nor behind one that waits on, and the places of those who stay are told as before', () => {
  const line = new Line<{ readonly place: number }>();
  const join = (): { readonly place: number } => line.join((place) => ({ place }));
  const staying = [join()];
  for (let i = 1; i < 20_000; i += 1) {
    const item = join();
    if (i % 500 === 0) staying.push(item);
    else expect(line.remove(item.place)).toBe(true);
  }
  expect(line.room).toBeLessThan(200);
  expect(line.size).toBe(staying.length);
  expect(staying.map(({ place }) => line.ahead(place))).toEqual(staying.map((_, index) => index));
  expect(line.remove(1)).toBe(false);
  for (const item of staying) {
    expect(line.first).toBe(item);
    expect(line.remove(item.place)).toBe(true);
  }
  expect(line.first).toBeUndefined();
});
