import { createHash } from 'node:crypto';

/** A host's public key, as servers present it and known_hosts files hold it. */
export interface HostKey {
  /** Such as `ssh-ed25519`; `ssh-rsa` whichever hash an RSA key signs with. */
  readonly type: HostKeyType;
  readonly blob: Uint8Array;
}

export type HostKeyType = keyof typeof shapes;

type Shape = (fields: readonly Uint8Array[]) => boolean;

/** What follows the type in the blob. Certificates are not among them; DSA keys OpenSSH has given up. */
const shapes = {
  'ssh-ed25519': ([key, ...rest]) => key?.length === 32 && rest.length === 0,
  'ecdsa-sha2-nistp256': (fields) => isPoint(fields, 'nistp256', 32, 2),
  'ecdsa-sha2-nistp384': (fields) => isPoint(fields, 'nistp384', 48, 2),
  'ecdsa-sha2-nistp521': (fields) => isPoint(fields, 'nistp521', 66, 2),
  'ssh-rsa': ([, modulus, ...rest]) => modulus !== undefined && bitsOf(modulus) >= 1024 && rest.length === 0,
  'sk-ssh-ed25519@openssh.com': ([key, application, ...rest]) => key?.length === 32 && application !== undefined && rest.length === 0,
  'sk-ecdsa-sha2-nistp256@openssh.com': (fields) => isPoint(fields, 'nistp256', 32, 3),
} as const satisfies Record<string, Shape>;

/** `undefined` for what is no key, or of a type that is not supported. */
export function hostKeyOf(blob: Uint8Array): HostKey | undefined {
  const [name, ...fields] = fieldsOf(blob) ?? [];
  const type = name && Buffer.from(name).toString('latin1');
  return type !== undefined && isType(type) && shapes[type](fields) ? { type, blob } : undefined;
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

function isType(type: string): type is HostKeyType {
  return Object.hasOwn(shapes, type);
}

function isPoint([curve, point, ...rest]: readonly Uint8Array[], name: string, bytes: number, fields: number): boolean {
  const uncompressed = point?.length === 1 + 2 * bytes && point[0] === 4;
  return uncompressed && Buffer.from(curve ?? []).toString('latin1') === name && rest.length === fields - 2;
}

function bitsOf(modulus: Uint8Array): number {
  const from = modulus.findIndex((byte) => byte !== 0);
  return from < 0 ? 0 : (modulus.length - from) * 8 - Math.clz32(modulus[from] ?? 0) + 24;
}

/** The strings that a blob consists of, each after its length; `undefined` where they do not fill it. */
function fieldsOf(blob: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const fields: Uint8Array[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + view.getUint32(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}
