import type { Values } from './values.ts';

/** The variable of a parameter. It begins with `ERRAND_`, so it is none that a shell or a loader heeds (PATH, IFS, ENV, BASH_ENV, LD_*). */
function variableOf(parameter: string): string {
  return `ERRAND_${parameter.toUpperCase()}`;
}

/** Of all parameters, each as one text; one that is absent is not set, whatever the target's environment has. */
export function variables(names: readonly string[], values: Values): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [variableOf(name), joined(values.get(name))]));
}

/**
 * The same as shell source for a session, whose commands take no environment of their own. A value is there as octal digits, so that
 * none of it can be source.
 */
export function assignments(names: readonly string[], values: Values): string {
  return Object.entries(variables(names, values))
    .map(([variable, value]) => (value === undefined ? `unset ${variable}` : assignment(variable, value)))
    .join('\n');
}

/** `$(…)` takes ends of lines away at the end: the x keeps them. */
function assignment(variable: string, value: string): string {
  return `${variable}=$(command printf '${octal(value)}x'); ${variable}=\${${variable}%x}; export ${variable}`;
}

function octal(value: string): string {
  return [...Buffer.from(value)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

function joined(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join('\n') : value;
}
