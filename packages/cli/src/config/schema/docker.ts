import * as z from 'zod';
import { type Leaf, leaf, Refusal, type Suffix } from './leaf.ts';
import { decimal, flag, integer, oneOf, size, text } from './leaves.ts';
import { list, mapping, named, options, type Shape } from './mapping.ts';

const name = text({ max: 256 });

const mount = mapping(
  { readOnly: flag() },
  { source: text({ max: 4_096 }), target: text({ max: 4_096, pattern: /^\//, allowed: 'an absolute path' }) },
);

/** What bounds a container with all that runs in it. */
const limits = options({
  memory: orFalse(size({ min: 6_291_456 })),
  cpus: orFalse(decimal({ min: 0.01, max: 10_000 })),
  processes: orFalse(integer(16, 4_194_304)),
});

/** The keys of a container. */
export const docker = {
  mode: oneOf('container', 'exec'),
  image: name,
  container: name,
  shell: flag(),
  allowInspectableEnv: flag(),
  keeper: list(text({ max: 131_071 })),
  warm: integer(0, 64),
  pull: oneOf('missing', 'always', 'never'),
  user: text({ max: 129 }),
  network: name,
  readOnlyRoot: flag(),
  tmpfs: named(/^\//, 'an absolute path', text({ max: 256 })),
  mounts: list(mount),
  capabilities: list(text({ max: 64, pattern: /^[A-Z][A-Z_]+$/, allowed: 'a capability, such as NET_BIND_SERVICE' })),
  newPrivileges: flag(),
  init: flag(),
  limits,
  host: text({ max: 1_024 }),
  context: name,
  tlsDirectory: text({ max: 4_096 }),
  sshConfigFile: text({ max: 4_096 }),
} as const satisfies Shape;

/** `false` takes a bound away; of anything else the bound says itself what is wrong. */
function orFalse<S extends Suffix>(bound: Leaf<number, S>): Leaf<number | false, S> {
  const read = (value: unknown): number | false | Refusal => {
    if (value === false || value === 'false') return false;
    const { success, data, error } = bound.safeParse(value);
    return success ? data : new Refusal(error.issues[0]?.message ?? 'is not allowed.');
  };
  return leaf(read, { anyOf: [{ const: false }, z.toJSONSchema(bound, { io: 'input' })] }, bound.suffix);
}
