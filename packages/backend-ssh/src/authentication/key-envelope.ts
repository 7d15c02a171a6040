/** What a private key's file says without its passphrase. */
export interface KeyEnvelope {
  readonly isEncrypted: boolean;
  /** Of OpenSSH's own format, as it calls it. */
  readonly cipher?: string;
  /** The public key, which OpenSSH's own format has in the clear. */
  readonly publicKey?: Buffer;
}

const OPENSSH = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+)-----END OPENSSH PRIVATE KEY-----/;
const MAGIC = 'openssh-key-v1\0';
/** PEM's header, PKCS #8's first line, PuTTY's header. */
const ENCRYPTED = /^(Proc-Type: *4,ENCRYPTED|-----BEGIN ENCRYPTED |Encryption: (?!none))/m;

/** `undefined` for what is no private key of a form that is known. */
export function keyEnvelope(content: Uint8Array): KeyEnvelope | undefined {
  const text = Buffer.from(content).toString('latin1');
  const openSsh = OPENSSH.exec(text)?.[1];
  if (openSsh !== undefined) return openSshEnvelope(Buffer.from(openSsh, 'base64'));
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----|^PuTTY-User-Key-File-/.test(text)) return undefined;
  return { isEncrypted: ENCRYPTED.test(text) };
}

/** PROTOCOL.key: cipher, KDF, its options, the number of keys, a public key; then what may be encrypted. */
function openSshEnvelope(data: Buffer): KeyEnvelope | undefined {
  if (data.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  try {
    const cipher = sshString(data, MAGIC.length);
    const kdf = sshString(data, cipher.end);
    const options = sshString(data, kdf.end);
    const name = cipher.bytes.toString();
    return { isEncrypted: name !== 'none', cipher: name, publicKey: sshString(data, options.end + 4).bytes };
  } catch {
    return undefined;
  }
}

/** The name that a public key begins with, such as `ssh-ed25519`. */
export function typeOfKey(blob: Buffer): string {
  try {
    return sshString(blob, 0).bytes.toString('latin1');
  } catch {
    return 'unknown';
  }
}

/** @throws where the data ends before it does */
export function sshString(data: Buffer, at: number): { readonly bytes: Buffer; readonly end: number } {
  const end = at + 4 + data.readUInt32BE(at);
  if (end > data.length) throw new RangeError('cut off');
  return { bytes: data.subarray(at + 4, end), end };
}
