import { keyTypeOf } from './host-key.ts';

/** What is offered, best first, as OpenSSH does. */
const OFFERED = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

/** With SHA-1, so only where the user's configuration asks for it. */
const SUPPORTED: readonly string[] = [...OFFERED, 'ssh-rsa'];

/**
 * The host key algorithms for the negotiation: those whose keys are known for the host first, so that a server that has several keys
 * presents one that can be checked. Otherwise in the order of `wanted` (HostKeyAlgorithms), of which only what is supported is left.
 */
export function hostKeyAlgorithms(known: ReadonlySet<string>, wanted: readonly string[] = OFFERED): string[] {
  const supported = wanted.filter((algorithm) => SUPPORTED.includes(algorithm));
  const isKnown = (algorithm: string): boolean => known.has(keyTypeOf(algorithm));
  return [...supported.filter(isKnown), ...supported.filter((algorithm) => !isKnown(algorithm))];
}
