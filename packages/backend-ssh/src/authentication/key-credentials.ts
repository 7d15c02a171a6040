import { type ParsedKey, parsePrivateKey } from '../ssh-keys-client.ts';
import type { Credential } from './authentication.ts';
import * as faults from './authentication-faults.ts';
import type { SshSecret } from './authentication-options.ts';
import { type KeyEnvelope, keyEnvelope, typeOfKey } from './key-envelope.ts';
import { askedOnce } from './secrets.ts';

/** A private key that the caller gave. */
export interface GivenKey {
  readonly user: string;
  /** In messages. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly passphrase: SshSecret | undefined;
  /** What it was given by: as long as that lives, it is not decrypted again. */
  readonly method: object;
}

/**
 * A function that tells the passphrase is asked once the server takes keys.
 *
 * @throws ExecError `EXEC_AUTH` for what cannot be used
 */
export function givenKey({ user, name, content, passphrase, method }: GivenKey): Credential {
  const decrypted = (secret?: string): ParsedKey => decryptedOnce(method, name, content, secret);
  const envelope = keyEnvelope(content);
  if (!envelope) throw faults.noPrivateKey(name, isPublicKey(content));
  if (isSecurityKey(envelope)) throw faults.securityKey(name);
  if (envelope.isEncrypted && passphrase === undefined) throw faults.needsPassphrase(name);
  if (typeof passphrase === 'string') return keyCredential(user, name, decrypted(passphrase));
  if (!envelope.isEncrypted) return keyCredential(user, name, decrypted());
  const ask = askedOnce(passphrase ?? '', `the passphrase of ${name}`);
  return {
    type: 'publickey',
    name,
    ...(envelope.publicKey && { key: envelope.publicKey.toString('base64') }),
    offer: async () => ({ type: 'publickey', username: user, key: decrypted(await ask()) }),
  };
}

export function keyCredential(username: string, name: string, key: ParsedKey): Credential {
  return {
    type: 'publickey',
    name,
    key: key.getPublicSSH().toString('base64'),
    offer: async () => ({ type: 'publickey', username, key }),
  };
}

export function isSecurityKey({ publicKey }: KeyEnvelope): boolean {
  return publicKey !== undefined && typeOfKey(publicKey).startsWith('sk-');
}

/** One line of type and base64, or certificates, which begin alike. */
function isPublicKey(content: Uint8Array): boolean {
  return publicKeyOf(content) !== undefined;
}

/** What a line of a `.pub` file holds, in base64. */
export function publicKeyOf(content: Uint8Array): string | undefined {
  return /^\s*(?:ssh|ecdsa|sk)-[a-zA-Z0-9@.-]+ +(AAAA[A-Za-z0-9+/]+=*)/.exec(Buffer.from(content).toString('latin1'))?.[1];
}

interface Decrypted {
  readonly content: Uint8Array;
  readonly secret: string | undefined;
  readonly key: ParsedKey;
}

const decryptedKeys = new WeakMap<object, Decrypted>();

/** It takes half a second of this process, or several, in which nothing else is done; and there is a login for each connection. */
function decryptedOnce(method: object, name: string, content: Uint8Array, secret: string | undefined): ParsedKey {
  const before = decryptedKeys.get(method);
  if (before?.secret === secret && before && Buffer.compare(before.content, content) === 0) return before.key;
  const key = decrypt(name, content, secret);
  decryptedKeys.set(method, { content, secret, key });
  return key;
}

function decrypt(name: string, content: Uint8Array, secret: string | undefined): ParsedKey {
  const key = parsePrivateKey(content, secret);
  if (key) return key;
  const { isEncrypted = false, cipher } = keyEnvelope(content) ?? {};
  // ssh2 cannot tell one from the other: it has this cipher for connections, and Node has none of the name for files.
  throw isEncrypted && !cipher?.startsWith('chacha20-') ? faults.wrongPassphrase(name) : faults.unsupportedForm(name);
}
