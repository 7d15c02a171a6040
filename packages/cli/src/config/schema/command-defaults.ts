import type * as z from 'zod';
import { anyText, duration, integer, oneOf, signalName, size, text } from './leaves.ts';
import { named, options } from './mapping.ts';

/** Names of targets, as core checks them. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const NAME_SAYS = "1 to 64 letters, digits, '.', '_', '-', the first a letter or a digit";

/** For `list_targets`, `tools` and logs. */
export const labels: z.ZodType<Record<string, string>, unknown> = named(/^.{1,256}$/s, '1 to 256 characters', text({ max: 256 }));

export const env: z.ZodType<Record<string, string>, unknown> = named(
  /^(?!ERRAND_EXECUTION$)[A-Za-z_][A-Za-z0-9_]*$/,
  "letters, digits and '_', the first no digit; not ERRAND_EXECUTION",
  anyText(),
);

const limits = options({
  memory: size({ min: 1_048_576 }),
  cpu: duration(),
  processes: integer(1, 4_194_304),
  file: size(),
  openFiles: integer(16, 1_073_741_816),
});

/** What holds for every command that does not say otherwise: `DefaultOptions` of core. */
export const commandDefaults = {
  cwd: text({ max: 4_096 }),
  env,
  user: text({ max: 256 }),
  shell: text({ max: 4_096, pattern: /^\//, allowed: 'an absolute path of a shell' }),
  timeout: duration(),
  startTimeout: duration(),
  idleTimeout: duration(),
  killSignal: signalName(),
  killGrace: duration(0),
  maxOutput: size({ max: 1_073_741_824 }),
  limits,
  daemons: oneOf('keep', 'end'),
  tenant: text({ max: 256 }),
  labels,
} as const;
