import { generateKeyPairSync } from 'node:crypto';
import { type HostKey, hostKeyOf } from './host-key.ts';

/** Keys as servers present them, made by Node: tests of files need no ssh-keygen. */
export function ed25519Key(): HostKey {
  const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  return made('ssh-ed25519', bytes(x));
}

export function ecdsaKey(bits: '256' | '384' | '521' = '256'): HostKey {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: `P-${bits}` }).publicKey.export({ format: 'jwk' });
  return made(
    `ecdsa-sha2-nistp${bits}`,
    Buffer.from(`nistp${bits}`),
    Buffer.concat([[4], bytes(x), bytes(y)].map((part) => Buffer.from(part))),
  );
}

export function rsaKey(bits = 2048): HostKey {
  return made('ssh-rsa', ...rsaFields(bits));
}

export function rsaBlob(bits: number): Uint8Array {
  return blobOf([Buffer.from('ssh-rsa'), ...rsaFields(bits)]);
}

/** A line of a known_hosts file, without its end. */
export function lineFor(names: string, { type, blob }: HostKey): string {
  return `${names} ${type} ${Buffer.from(blob).toString('base64')}`;
}

function rsaFields(bits: number): Buffer[] {
  const { n, e } = generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' });
  // Positive numbers: a set first bit needs a zero before it.
  return [bytes(e), Buffer.concat([Buffer.of(0), bytes(n)])];
}

function made(type: string, ...fields: readonly Buffer[]): HostKey {
  const key = hostKeyOf(blobOf([Buffer.from(type), ...fields]));
  if (!key) throw new Error(`Node made no ${type}`);
  return key;
}

function blobOf(fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields.flatMap((field) => [lengthOf(field), field]));
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}

function bytes(base64: string | undefined): Buffer {
  return Buffer.from(base64 ?? '', 'base64url');
}
