import * as z from 'zod';
import { expandHosts } from '../expand-hosts.ts';
import { env } from './command-defaults.ts';
import { leaf, Refusal } from './leaf.ts';
import { decimal, flag, integer, oneOf, size, text } from './leaves.ts';
import { list, mapping, options, type Shape } from './mapping.ts';

/** The backends. */
export type Kind = 'local' | 'ssh' | 'docker' | 'k8s' | 'lambda';

const environment = z.union([oneOf('inherit', 'minimal'), env], {
  error: 'is not allowed. Allowed: inherit, minimal, or a mapping of variables.',
});

const host = text({
  max: 255,
  pattern: /^[A-Za-z0-9:][A-Za-z0-9._:-]*$/,
  allowed: 'a host name, an IP address, or a Host of ~/.ssh/config',
});

const hostPattern = leaf(
  (value) => {
    const ofHosts = typeof value === 'string' && /^[A-Za-z0-9[][A-Za-z0-9._,[\]-]{0,254}$/.test(value);
    if (!ofHosts) return new Refusal('is no host name. Allowed: such as web1.prod or web[01-40].prod.');
    const found = expandHosts(value);
    return typeof found === 'string' ? new Refusal(found) : found;
  },
  { type: 'string', minLength: 1, maxLength: 255, examples: ['web[01-40].prod'] },
  '',
);

const sshConfig = leaf(
  (value) => (value === true || value === 'true' ? true : new Refusal('is not allowed. Allowed: true.')),
  { type: 'boolean', enum: [true] },
  '',
);

const hosts = z.union([list(hostPattern), mapping({}, { sshConfig })], {
  error: 'is not allowed. Allowed: a list of host names, or { sshConfig: true }.',
});

/** What bounds a container or a pod, with all that runs in it. */
const limits = options({ memory: size({ min: 1_048_576 }), cpus: decimal({ min: 0.01 }), processes: integer(1, 4_194_304) });

const name = text({ max: 256 });

/** The keys that a target has beside those of every kind. */
export const KINDS = {
  local: { environment },
  ssh: { host, hosts, port: integer(1, 65_535), user: name, loginEnvironment: flag() },
  docker: { mode: oneOf('container', 'exec'), image: name, container: name, limits },
  k8s: { mode: oneOf('job', 'pod'), context: name, namespace: name, image: name, limits },
  lambda: { functionName: name, region: name },
} as const satisfies Readonly<Record<Kind, Shape>>;
