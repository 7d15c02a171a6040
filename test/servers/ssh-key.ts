import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A key pair that lies in files, as ssh-keygen made it. */
export interface SshKey {
  /** The file with the private key; the public one is beside it, with `.pub` behind its name. */
  readonly path: string;
  readonly privateKey: string;
  /** Type and key in base64, without a comment: what stands in known_hosts behind the name, and in authorized_keys. */
  readonly publicKey: string;
  /** As OpenSSH shows it: `SHA256:` and base64 without padding. */
  readonly fingerprint: string;
}

/** Makes a key pair at `path`, encrypted where there is a passphrase. */
export async function makeSshKey(path: string, type: 'ed25519' | 'ecdsa' | 'rsa', passphrase = ''): Promise<SshKey> {
  // 2048 bits are the fewest that every client takes, and the quickest found.
  const bits = type === 'rsa' ? ['-b', '2048'] : [];
  await promisify(execFile)('ssh-keygen', ['-q', '-t', type, ...bits, '-N', passphrase, '-C', '', '-f', path]);
  const [privateKey, publicKey] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.pub`, 'utf8')]);
  const [name = '', base64 = ''] = publicKey.trim().split(' ');
  const digest = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64');
  return { path, privateKey, publicKey: `${name} ${base64}`, fingerprint: `SHA256:${digest.replace(/=+$/, '')}` };
}
