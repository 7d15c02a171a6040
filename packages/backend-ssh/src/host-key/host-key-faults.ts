import { ExecError } from '@errand/core';
import { codeOf } from '../code-of.ts';
import { fingerprintOf, type HostKey } from '../known-hosts/host-key.ts';
import type { KnownHostsLine } from '../known-hosts/parse-known-hosts.ts';
import type { KnownHosts } from '../known-hosts/read-known-hosts.ts';

/** Whose key it is: the host under the name that files have for it, and how the caller calls the target. */
export interface Presenter {
  readonly host: string;
  readonly target: string;
  /** See `HostKeySubject`. */
  readonly option?: string;
  readonly jump?: string;
}

export function changedKey(presenter: Presenter, key: HostKey, line: KnownHostsLine): ExecError {
  const { host, target, option } = presenter;
  const again = option === undefined ? `errand trust ${target}` : pin(presenter, key);
  return fault(
    host,
    `The host key of ${host} is not the one that is known: it presented ${shown(key)}, and ${placeOf(line)} says ${shown(line.key)}. ` +
      `Somebody may be answering in its place. If the host was set up anew, remove that line, then: ${again}`,
  );
}

export function revokedKey({ host }: Presenter, key: HostKey, place: string): ExecError {
  return fault(host, `The host key of ${host}, ${shown(key)}, is revoked in ${place}: it may have been stolen.`);
}

/** @param unreadable Files in which it may be known. */
export function unknownKey(presenter: Presenter, key: HostKey, unreadable: KnownHosts['unreadable']): ExecError {
  const { host, target, option, jump } = presenter;
  const unread = unreadable.map(({ path, cause }) => ` ${path} could not be read (${codeOf(cause)}).`).join('');
  return fault(
    host,
    `The host key of ${host} is not known: it presented ${shown(key)}.${unread} If that is the host's own: ` +
      `${option === undefined ? `errand trust ${target}, or ` : ''}${pin(presenter, key)}, or ` +
      `${jump === undefined ? `${option ?? 'hostKey'}: { acceptNew: true }` : 'StrictHostKeyChecking accept-new in ~/.ssh/config'} for hosts that are new.`,
  );
}

export function otherThanPinned({ host, option = 'hostKey' }: Presenter, key: HostKey, pinned: readonly string[]): ExecError {
  return fault(
    host,
    `The host key of ${host} is not the one that ${option}.fingerprint names: it presented ${shown(key)}, and allowed is ` +
      `${pinned.join(' or ')}. A host has a key of each type: if the fingerprint is of another type, name that of this one too.`,
  );
}

export function unsupportedKey({ host }: Presenter): ExecError {
  return fault(host, `${host} presented a host key of a type that is not supported. Supported: Ed25519, ECDSA, RSA from 1,024 bits.`);
}

export function noAlgorithm({ host }: Presenter, wanted: readonly string[]): ExecError {
  return fault(host, `HostKeyAlgorithms names none for ${host} that is supported: ${wanted.join(', ')}.`);
}

/** A new key that would be taken, if only it could be remembered. */
export function notRemembered(presenter: Presenter, key: HostKey, why: string, cause?: unknown): ExecError {
  const { host, option = 'hostKey', jump } = presenter;
  const file = jump === undefined ? `${option}.knownHosts` : 'UserKnownHostsFile of ~/.ssh/config';
  return fault(
    host,
    `The host key of ${host}, ${shown(key)}, is new and was not taken, because ${why}. ` +
      `Name a file that can be written (${file}), or ${pin(presenter, key)}.`,
    cause,
  );
}

export function unreadableRevocations({ host }: Presenter, path: string, why: string, cause?: unknown): ExecError {
  return fault(host, `No host key of ${host} is taken while ${path}, which RevokedHostKeys names, ${why}.`, cause);
}

/** A host on the way that the configuration names has no options, unless all of the way is said. */
function pin({ option = 'hostKey', jump }: Presenter, key: HostKey): string {
  const pinned = `${option}: { fingerprint: '${fingerprintOf(key)}' }`;
  return jump === undefined ? pinned : `jumps: [{ host: '${jump}', ${pinned} }]`;
}

function shown(key: HostKey): string {
  return `${key.type} ${fingerprintOf(key)}`;
}

function placeOf({ path, line }: KnownHostsLine): string {
  return `${path}:${line}`;
}

function fault(host: string, message: string, cause?: unknown): ExecError {
  return new ExecError('EXEC_HOST_KEY', message, { cause, detail: { name: host } });
}
