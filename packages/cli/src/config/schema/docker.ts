import { decimal, flag, integer, oneOf, size, text } from './leaves.ts';
import { list, mapping, named, options, type Shape } from './mapping.ts';
import { orFalse } from './or-false.ts';

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
