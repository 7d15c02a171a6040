import type { ToolStep } from './configured-tool.ts';
import { filled } from './fill.ts';
import type { Values } from './values.ts';

/**
 * Several commands as one, which ends with the first that fails, and says on stderr which that is. What each of them is comes in as
 * positional parameters: the source says how many, and no more.
 */
export function stepsCommand(steps: readonly ToolStep[], values: Values): readonly string[] {
  const each = steps.map(({ argv, script = '' }) => (argv ? filled(argv, values) : ['/bin/sh', '-c', script]));
  const lines = each.map((words, i) => {
    const run = words.map((_, at) => `"\${${at + 1}}"`).join(' ');
    return `${run} || { s=$?; ${report(steps, i, '$s')}; exit "$s"; }\nshift ${words.length}`;
  });
  return ['/bin/sh', '-c', lines.join('\n'), 'sh', ...each.flat()];
}

/** The same for a session, whose state each of them has from those before. */
export function stepsScript(steps: readonly ToolStep[]): string {
  return steps.reduceRight((rest, { script = '' }, i) => {
    const failed = `errand_status=$?; ${report(steps, i, '$errand_status')}; (exit "$errand_status")`;
    return `if {\n${script}\n}; then\n${rest}\nelse ${failed}; fi`;
  }, ':');
}

/** A step's name has no character that a shell heeds. */
function report(steps: readonly ToolStep[], i: number, status: string): string {
  const name = steps[i]?.name;
  const which = `step ${i + 1} of ${steps.length}${name === undefined ? '' : ` (${name})`}`;
  const others = i + 1 < steps.length ? '; none after it was run' : '';
  return `printf 'errand: ${which} failed with exit code %s${others}\\n' "${status}" >&2`;
}
