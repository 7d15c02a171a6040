import { placeholderIn } from './placeholder.ts';
import type { Values } from './values.ts';

/** argv with values in place of the elements that stand for parameters: as many as a list has, none for what is absent. */
export function filled(argv: readonly string[], values: Values): string[] {
  return argv.flatMap((element) => {
    const name = placeholderIn(element);
    return name === undefined ? [element] : [values.get(name) ?? []].flat();
  });
}
