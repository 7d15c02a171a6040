import { createHash } from 'node:crypto';
import { type HostKeyType, typeOfBlob } from './key-shapes.ts';

/** A host's public key, as servers present it and known_hosts files hold it. */
export interface HostKey {
  /** `ssh-rsa` whichever hash an RSA key signs with. */
  readonly type: HostKeyType;
  readonly blob: Uint8Array;
}

/** `undefined` for what is no key, or of a type that is not supported. */
export function hostKeyOf(blob: Uint8Array): HostKey | undefined {
  const type = typeOfBlob(blob);
  return type && { type, blob };
}

/** A key as files hold it: its type and base64. `undefined` where OpenSSH would skip the line. */
export function parseHostKey(type: string, base64: string): HostKey | undefined {
  const text = base64.replace(/[\n\v\f\r]/g, '');
  const blob = Buffer.from(text, 'base64');
  // Node takes whatever it can; OpenSSH wants the one spelling.
  if (text === '' || blob.toString('base64') !== text) return undefined;
  const key = hostKeyOf(blob);
  return key?.type === keyTypeOf(type) ? key : undefined;
}

/** The type of the keys that an algorithm works with. */
export function keyTypeOf(algorithm: string): string {
  return /^rsa-sha2-(256|512)$/.test(algorithm) ? 'ssh-rsa' : algorithm;
}

export function isSameKey(a: HostKey, b: HostKey): boolean {
  return Buffer.compare(a.blob, b.blob) === 0;
}

/** As `ssh-keygen -l` prints it: `SHA256:` and base64 without `=`. */
export function fingerprintOf({ blob }: HostKey): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
