import * as z from 'zod';
import { env } from './command-defaults.ts';
import { docker } from './docker.ts';
import { k8s } from './k8s.ts';
import { lambda } from './lambda.ts';
import { oneOf } from './leaves.ts';
import type { Shape } from './mapping.ts';
import { ssh } from './ssh.ts';

/** The backends. */
export type Kind = 'local' | 'ssh' | 'docker' | 'k8s' | 'lambda';

const environment = z.union([oneOf('inherit', 'minimal'), env], {
  error: 'is not allowed. Allowed: inherit, minimal, or a mapping of variables.',
});

/** The keys that a target has beside those of every kind. */
export const KINDS = {
  local: { environment },
  ssh,
  docker,
  k8s,
  lambda,
} as const satisfies Readonly<Record<Kind, Shape>>;
