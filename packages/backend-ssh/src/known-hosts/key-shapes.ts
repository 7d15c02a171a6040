/** The types of host keys that are read: certificates are not among them, and DSA keys OpenSSH has given up. */
export type HostKeyType =
  | 'ssh-ed25519'
  | 'ecdsa-sha2-nistp256'
  | 'ecdsa-sha2-nistp384'
  | 'ecdsa-sha2-nistp521'
  | 'ssh-rsa'
  | 'sk-ssh-ed25519@openssh.com'
  | 'sk-ecdsa-sha2-nistp256@openssh.com';

type Shape = (fields: readonly Uint8Array[]) => boolean;

/** OpenSSH takes no shorter ones. */
const MIN_RSA_BITS = 1024;

/** What follows the type in a blob. */
const shapes: Readonly<Record<HostKeyType, Shape>> = {
  'ssh-ed25519': ([key, ...rest]) => key?.length === 32 && rest.length === 0,
  'ecdsa-sha2-nistp256': ([curve, point, ...rest]) => isPoint('nistp256', 32, curve, point) && rest.length === 0,
  'ecdsa-sha2-nistp384': ([curve, point, ...rest]) => isPoint('nistp384', 48, curve, point) && rest.length === 0,
  'ecdsa-sha2-nistp521': ([curve, point, ...rest]) => isPoint('nistp521', 66, curve, point) && rest.length === 0,
  'ssh-rsa': ([, modulus, ...rest]) => modulus !== undefined && bitsOf(modulus) >= MIN_RSA_BITS && rest.length === 0,
  // What a security key has beside is the application that it signs for.
  'sk-ssh-ed25519@openssh.com': ([key, ...rest]) => key?.length === 32 && rest.length === 1,
  'sk-ecdsa-sha2-nistp256@openssh.com': ([curve, point, ...rest]) => isPoint('nistp256', 32, curve, point) && rest.length === 1,
};

/** The type of a blob that holds a whole key, and nothing behind it. */
export function typeOfBlob(blob: Uint8Array): HostKeyType | undefined {
  const [name, ...fields] = fieldsOf(blob) ?? [];
  const type = textOf(name);
  return isType(type) && shapes[type](fields) ? type : undefined;
}

function isType(type: string): type is HostKeyType {
  return Object.hasOwn(shapes, type);
}

function isPoint(name: string, bytes: number, curve: Uint8Array | undefined, point: Uint8Array | undefined): boolean {
  return textOf(curve) === name && point?.length === 1 + 2 * bytes && point[0] === UNCOMPRESSED;
}

const UNCOMPRESSED = 4;

function bitsOf(modulus: Uint8Array): number {
  const from = modulus.findIndex((byte) => byte !== 0);
  return from < 0 ? 0 : (modulus.length - from) * 8 - (Math.clz32(modulus[from] ?? 0) - 24);
}

function textOf(field: Uint8Array | undefined): string {
  return Buffer.from(field ?? []).toString('latin1');
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
