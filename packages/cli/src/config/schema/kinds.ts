import * as z from 'zod';
import { env } from './command-defaults.ts';
import { docker } from './docker.ts';
import { lambda } from './lambda.ts';
import { decimal, integer, oneOf, size, text } from './leaves.ts';
import { options, type Shape } from './mapping.ts';
import { ssh } from './ssh.ts';

/** The backends. */
export type Kind = 'local' | 'ssh' | 'docker' | 'k8s' | 'lambda';

const environment = z.union([oneOf('inherit', 'minimal'), env], {
  error: 'is not allowed. Allowed: inherit, minimal, or a mapping of variables.',
});

/** What bounds a pod, with all that runs in it. */
const limits = options({ memory: size({ min: 1_048_576 }), cpus: decimal({ min: 0.01 }), processes: integer(1, 4_194_304) });

const name = text({ max: 256 });

/** The keys that a target has beside those of every kind. */
export const KINDS = {
  local: { environment },
  ssh,
  docker,
  k8s: { mode: oneOf('job', 'pod'), context: name, namespace: name, image: name, limits },
  lambda,
} as const satisfies Readonly<Record<Kind, Shape>>;
