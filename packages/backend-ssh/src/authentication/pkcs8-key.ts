import { createPrivateKey, type KeyObject } from 'node:crypto';

const MAGIC = 'openssh-key-v1\0';
/** Of an unencrypted key. */
const BLOCK = 8;

/**
 * A key in PKCS #8, as openssl and `ssh-keygen -m PKCS8` write it, in the older forms that ssh2 takes. `undefined` for what is none, and
 * for other types of keys.
 *
 * @throws where the passphrase is missing or wrong
 */
export function fromPkcs8(content: Uint8Array, passphrase?: string): string | undefined {
  const pem = Buffer.from(content).toString('latin1');
  if (!/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(pem)) return undefined;
  const key = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  if (key.asymmetricKeyType === 'rsa') return key.export({ format: 'pem', type: 'pkcs1' }).toString();
  if (key.asymmetricKeyType === 'ec') return key.export({ format: 'pem', type: 'sec1' }).toString();
  return key.asymmetricKeyType === 'ed25519' ? openSshEd25519(key) : undefined;
}

/** PROTOCOL.key of OpenSSH: Ed25519 has no older form. */
function openSshEd25519(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const type = 'ssh-ed25519';
  // In front of it stands a number twice, by which a wrong passphrase is found out; here there is none.
  const fields = [Buffer.alloc(8), string(type), string(point), string(Buffer.concat([seed, point])), string('')];
  const length = fields.reduce((sum, field) => sum + field.length, 0);
  const padding = Buffer.from(Array.from({ length: (BLOCK - (length % BLOCK)) % BLOCK }, (_, index) => index + 1));
  const publicKey = Buffer.concat([string(type), string(point)]);
  const data = [Buffer.from(MAGIC), string('none'), string('none'), string(''), uint32(1), string(publicKey)];
  const text = Buffer.concat([...data, string(Buffer.concat([...fields, padding]))]).toString('base64');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${text}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function string(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
