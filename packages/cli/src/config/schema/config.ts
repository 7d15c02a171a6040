import * as z from 'zod';
import { commandDefaults, NAME, NAME_SAYS } from './command-defaults.ts';
import { http } from './http.ts';
import { duration, integer, oneOf, size, text } from './leaves.ts';
import { mapping, named, options, toApi } from './mapping.ts';
import { quotas } from './queue.ts';
import { target } from './target.ts';
import { tool } from './tools.ts';

const version = z.literal(1, { error: ({ input }) => `${input === undefined ? 'is missing' : 'is not known'}. Allowed: 1.` });

const defaults = mapping({ target: text({ max: 64 }), ...commandDefaults }).transform(({ target, ...values }) => ({
  target,
  options: toApi(commandDefaults, values),
}));

/** What holds for all that `errand serve` offers. */
const mcp = options({
  jobTtl: duration(),
  maxJobOutput: size({ min: 65_536 }),
  maxJobs: integer(1, 100_000),
  maxShellSessions: integer(1, 1_000),
  shellSessionIdle: duration(),
  results: oneOf('both', 'content'),
});

/** All of errand.yaml. */
export const configSchema = mapping(
  {
    defaults,
    mcp,
    http,
    quotas,
    tools: named(/^[A-Za-z0-9_-]{1,64}$/, "1 to 64 letters, digits, '_' and '-'", tool),
  },
  { version, targets: named(NAME, NAME_SAYS, target) },
);

export type RawConfig = z.output<typeof configSchema>;
