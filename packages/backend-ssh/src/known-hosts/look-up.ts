import { type HostKey, isSameKey } from './host-key.ts';
import type { HostNames } from './host-names.ts';
import type { NamedLines } from './named-lines.ts';
import type { KnownHostsLine } from './parse-known-hosts.ts';

/** What known_hosts files say of a key that a host presented; `line` is the one that says it. */
export type Verdict = { readonly status: 'unknown' } | { readonly status: 'known' | 'changed' | 'revoked'; readonly line: KnownHostsLine };

/**
 * Looks a presented key up, as OpenSSH does: a line with this key makes it known, lines with other keys alone, of whatever type, make it
 * changed, and `@revoked` wins over both. The address, where there is one, can only speak against a key.
 */
export function lookUp(lines: NamedLines, names: HostNames, key: HostKey): Verdict {
  const verdict = verdictByName(lines, names, key);
  if (names.address === undefined || verdict.status === 'revoked') return verdict;
  const byAddress = verdictOn(lines, names.address, key);
  return byAddress.status === 'changed' || byAddress.status === 'revoked' ? byAddress : verdict;
}

/** Which types of keys the files hold for a host. */
export function knownTypes(lines: NamedLines, { name, withoutPort }: HostNames): ReadonlySet<string> {
  const found = plainLines(lines, name);
  const counting = found.length > 0 || withoutPort === undefined ? found : plainLines(lines, withoutPort);
  return new Set(counting.map((line) => line.key.type));
}

/** Another key under the host without its port says nothing of the server at this port. */
function verdictWithoutPort(lines: NamedLines, withoutPort: string, key: HostKey): Verdict {
  const verdict = verdictOn(lines, withoutPort, key);
  return verdict.status === 'changed' ? { status: 'unknown' } : verdict;
}

function verdictByName(lines: NamedLines, { name, withoutPort }: HostNames, key: HostKey): Verdict {
  const verdict = verdictOn(lines, name, key);
  if (withoutPort === undefined || verdict.status === 'revoked') return verdict;
  const other = verdictWithoutPort(lines, withoutPort, key);
  // What is revoked for the host is so at each of its ports.
  return verdict.status === 'unknown' || other.status === 'revoked' ? other : verdict;
}

function verdictOn(lines: NamedLines, name: string, key: HostKey): Verdict {
  const found = lines.named(name).filter((line) => line.marker !== 'cert-authority');
  const same = found.filter((line) => isSameKey(line.key, key));
  const revoked = same.find((line) => line.marker === 'revoked');
  if (revoked) return { status: 'revoked', line: revoked };
  const [known] = same;
  if (known) return { status: 'known', line: known };
  const others = plainLines(lines, name);
  const line = others.find((other) => other.key.type === key.type) ?? others[0];
  return line ? { status: 'changed', line } : { status: 'unknown' };
}

function plainLines(lines: NamedLines, name: string): KnownHostsLine[] {
  return lines.named(name).filter((line) => line.marker === undefined);
}
