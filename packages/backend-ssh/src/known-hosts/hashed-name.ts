import { randomBytes } from 'node:crypto';
import { hmacSha1 } from './hmac-sha1.ts';

const MAGIC = '|1|';
const SALT_BYTES = 20;

/** `|1|SALT|HASH`: a host's name as HMAC-SHA1, so that the file does not tell where its owner logs in. */
export function hashedName(name: string, salt: Uint8Array = randomBytes(SALT_BYTES)): string {
  return `${MAGIC}${Buffer.from(salt).toString('base64')}|${hmacSha1(salt, Buffer.from(name, 'latin1'))}`;
}

/** OpenSSH takes whatever begins with `|` for a hashed name; there are no lists of them. */
export function isHashedName(names: string): boolean {
  return names.startsWith('|');
}

export function matchHashedName(name: string, hashed: string): boolean {
  const salt = saltOf(hashed);
  // The whole text is compared, as OpenSSH does: another spelling of the same bytes does not match.
  return salt !== undefined && hashedName(name, salt) === hashed;
}

function saltOf(hashed: string): Uint8Array | undefined {
  if (!hashed.startsWith(MAGIC)) return undefined;
  const end = hashed.indexOf('|', MAGIC.length);
  const salt = Buffer.from(hashed.slice(MAGIC.length, Math.max(end, 0)), 'base64');
  return salt.length === SALT_BYTES ? salt : undefined;
}
