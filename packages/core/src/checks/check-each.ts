import { invalidOption } from '../errors.ts';
import * as is from './values.ts';

/** A check for each option; an option that is not here does not exist. */
export type OptionChecks = Readonly<Record<string, is.Check>>;

/** Checks an object option by option; without a name it is the options themselves. One that is `undefined` counts as not given. */
export function checkEach(name: string, value: unknown, checks: OptionChecks): void {
  for (const [key, item] of is.entries(name || 'options', value)) {
    const option = name ? `${name}.${key}` : key;
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (!check) throw invalidOption(option, 'is no option', Object.keys(checks).join(', '));
    if (item !== undefined) check(option, item);
  }
}
