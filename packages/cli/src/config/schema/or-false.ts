import * as z from 'zod';
import { type Leaf, leaf, Refusal, type Suffix } from './leaf.ts';

/** `false` takes a bound away; of anything else the bound says itself what is wrong. */
export function orFalse<S extends Suffix>(bound: Leaf<number, S>): Leaf<number | false, S> {
  const read = (value: unknown): number | false | Refusal => {
    if (value === false || value === 'false') return false;
    const { success, data, error } = bound.safeParse(value);
    return success ? data : new Refusal(error.issues[0]?.message ?? 'is not allowed.');
  };
  return leaf(read, { anyOf: [{ const: false }, z.toJSONSchema(bound, { io: 'input' })] }, bound.suffix);
}
