import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;

/**
 * HMAC-SHA1 in base64 (RFC 2104). Of two hashes in one go, since Node's `createHmac` takes five times as long for a name, and a file may
 * have thousands of hashed ones, each to be tried for each host. `key` has up to 64 bytes.
 */
export function hmacSha1(key: Uint8Array, message: Uint8Array): string {
  const inner = hash('sha1', Buffer.concat([padded(key, 0x36), message]), 'buffer');
  return hash('sha1', Buffer.concat([padded(key, 0x5c), inner]), 'base64');
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES).fill(pad);
  for (let index = 0; index < key.length; index++) block[index] = (key[index] ?? 0) ^ pad;
  return block;
}
