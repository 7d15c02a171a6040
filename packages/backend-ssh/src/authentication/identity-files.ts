import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../code-of.ts';
import { homeDirectory } from '../home-directory.ts';
import { MAX_KEY_FILE_BYTES, readBounded } from '../read-bounded.ts';
import { parsePrivateKey } from '../ssh-keys-client.ts';
import type { Credential } from './authentication.ts';
import { shownPath } from './authentication-faults.ts';
import { isSecurityKey, keyCredential, publicKeyOf } from './key-credentials.ts';
import { keyEnvelope } from './key-envelope.ts';

/** A key file that nobody gave explicitly. */
export interface IdentityFile {
  /** In base64. Absent: nobody knows without the passphrase. */
  readonly publicKey?: string;
  /** What it has to offer, or why it has nothing. Of a file that does not exist, nothing. */
  readonly credentials: readonly Credential[];
}

/** Where nothing is configured, in OpenSSH's order. */
export function defaultIdentityFiles(): string[] {
  return ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'].map((name) => join(homeDirectory(), '.ssh', name));
}

/** As OpenSSH does, takes the public key from the file itself or from that with `.pub` behind its name, for what an agent holds. */
export async function identityFile(user: string, path: string): Promise<IdentityFile> {
  const name = `key ${shownPath(path)}`;
  const skipped = (why: string): Credential => ({ type: 'publickey', name: `${name} (${why})` });
  const [content, beside, certificate] = await Promise.all([readPrivate(path), contentOf(`${path}.pub`), contentOf(`${path}-cert.pub`)]);
  const notes = certificate ? [skipped('its certificate is not supported')] : [];
  const publicBeside = beside && publicKeyOf(beside);
  if (typeof content === 'string') return identity(publicBeside, [...(content === '' ? [] : [skipped(content)]), ...notes]);
  const envelope = keyEnvelope(content);
  const publicKey = envelope?.publicKey?.toString('base64') ?? publicKeyOf(content) ?? publicBeside;
  if (!envelope) return identity(publicKey, publicKeyOf(content) ? notes : [skipped('is no private key'), ...notes]);
  if (isSecurityKey(envelope)) return identity(publicKey, [skipped('security keys are not supported'), ...notes]);
  if (envelope.isEncrypted)
    return identity(publicKey, [{ ...skipped('needs a passphrase'), ...(publicKey && { key: publicKey }) }, ...notes]);
  const key = parsePrivateKey(content);
  return identity(publicKey, [key ? keyCredential(user, name, key) : skipped('is of a form that is not supported'), ...notes]);
}

function identity(publicKey: string | undefined, credentials: readonly Credential[]): IdentityFile {
  return { credentials, ...(publicKey && { publicKey }) };
}

/** Its content, or why there is none; '' where there is no file. */
async function readPrivate(path: string): Promise<Uint8Array | string> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) return 'is no file';
    const content = await readBounded(path, MAX_KEY_FILE_BYTES);
    // OpenSSH takes no key of one's own that others may read; one of an administrator it does.
    const isOpen = stats.uid === process.getuid?.() && (stats.mode & 0o077) !== 0;
    return isOpen && keyEnvelope(content) ? 'others may read it: chmod 600' : content;
  } catch (fault) {
    return ['ENOENT', 'ENOTDIR'].includes(codeOf(fault)) ? '' : `cannot be read: ${codeOf(fault)}`;
  }
}

async function contentOf(path: string): Promise<Uint8Array | undefined> {
  return readBounded(path, MAX_KEY_FILE_BYTES).catch(() => undefined);
}
