import type { ParameterValue } from './parameter-input.ts';

/** Text for a command: of a list several, of what a call left out nothing. */
export type Values = ReadonlyMap<string, string | readonly string[]>;

/** What a call gave, else the defaults, as text. */
export function valuesOf(
  parameters: Readonly<Record<string, { readonly default?: ParameterValue }>>,
  args: Readonly<Record<string, unknown>>,
): Values {
  const values = new Map<string, string | readonly string[]>();
  for (const [name, { default: given }] of Object.entries(parameters)) {
    const value = Object.hasOwn(args, name) && args[name] !== undefined ? args[name] : given;
    if (value !== undefined) values.set(name, Array.isArray(value) ? value.map(String) : asText(value));
  }
  return values;
}

/** A number as JSON writes it; JavaScript's -0 is 0. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
