import { createSecretKey } from 'node:crypto';

/** What ssh2 has of a connection where its own native part is missing, or was built for another Node: a new cipher of Node's a packet. */
interface Ciphers {
  readonly _cipher?: { _encKey?: unknown };
  readonly _decipher?: { _decipherKey?: unknown };
}

/**
 * Gives AES-GCM its keys as Node wants them: of bytes it makes a key again for each packet, which costs more than the packet's encryption. To be
 * called once keys were exchanged. These are no part of what ssh2 promises: where they are not found, nothing happens.
 */
export function prepareKeys(client: object): void {
  const { _cipher: cipher, _decipher: decipher } = (client as { readonly _protocol?: Ciphers })._protocol ?? {};
  if (cipher && Buffer.isBuffer(cipher._encKey)) cipher._encKey = createSecretKey(cipher._encKey);
  if (decipher && Buffer.isBuffer(decipher._decipherKey)) decipher._decipherKey = createSecretKey(decipher._decipherKey);
}
