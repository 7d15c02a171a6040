import * as z from 'zod';
import { expandHosts } from '../expand-hosts.ts';
import { leaf, Refusal } from './leaf.ts';
import { duration, flag, integer, text } from './leaves.ts';
import { list, mapping, options, type Shape } from './mapping.ts';

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

const yes = leaf(
  (value) => (value === true || value === 'true' ? true : new Refusal('is not allowed. Allowed: true.')),
  { type: 'boolean', enum: [true] },
  '',
);

const hosts = z.union([list(hostPattern), mapping({}, { sshConfig: yes })], {
  error: 'is not allowed. Allowed: a list of host names, or { sshConfig: true }.',
});

const path = text({ max: 4_096 });

const fingerprint = text({
  max: 64,
  pattern: /^SHA256:[A-Za-z0-9+/]{43}=?$/,
  allowed: 'a fingerprint as ssh-keygen -l prints it: SHA256:…',
});

const hostKey = options({
  knownHosts: oneOrSeveral(path),
  fingerprint: oneOrSeveral(fingerprint),
  acceptNew: flag(),
  alias: text({ max: 255, pattern: /^[^\0-\x20\x7f@?*#[\]|'"\\,!]+$/, allowed: 'a name without blanks, quotes and those of patterns' }),
});

/** Each says one way; that it is exactly one is checked where the others are. */
const authentication = list(
  mapping({
    agent: z.union([yes, path], { error: 'is not allowed. Allowed: true, or the path of its socket.' }),
    privateKeyFile: path,
    passphrase: text({ max: 1_024 }),
    password: text({ max: 1_024 }),
  }),
);

const user = text({ max: 256 });
const port = integer(1, 65_535);

const jumpText = text({
  max: 512,
  pattern:
    /^(ssh:\/\/)?([^-@\s/][^\s/]*@)?([A-Za-z0-9][A-Za-z0-9._-]*|\[[A-Fa-f0-9:.]+\])(:([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]))?\/?$/,
  allowed: "a host, such as bastion, deploy@bastion:2222 or '[2001:db8::1]:22'; or a mapping with host",
});

const jump = z.union([jumpText, mapping({ port, user, authentication, hostKey }, { host })], {
  error: 'is not allowed. Allowed: a host, such as deploy@bastion:2222, or a mapping with host.',
});

const jumps = list(jump).max(8, { error: 'has too many hosts. Allowed: at most 8.' });

const no = leaf(
  (value) => (value === false || value === 'false' ? false : new Refusal('is not allowed. Allowed: a path, or false.')),
  { type: 'boolean', enum: [false] },
  '',
);

/** The keys of a host over SSH. */
export const ssh = {
  host,
  hosts,
  port,
  user,
  authentication,
  hostKey,
  jumps,
  configFile: z.union([no, path], { error: 'is not allowed. Allowed: a path, or false.' }),
  loginEnvironment: flag(),
  maxConnections: integer(1, 1_000),
  connectTimeout: duration(),
  idle: duration(0),
} as const satisfies Shape;

function oneOrSeveral<T extends z.ZodType>(one: T): z.ZodUnion<[T, z.ZodArray<T>]> {
  return z.union([one, list(one)], { error: 'is not allowed. Allowed: one, or a list of them.' });
}
