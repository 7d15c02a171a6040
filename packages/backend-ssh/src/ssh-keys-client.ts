import ssh2, { type ParsedKey } from 'ssh2';
import { fromPkcs8 } from './authentication/pkcs8-key.ts';

export type { ParsedKey } from 'ssh2';

/** A private key that can sign. `undefined`: not with this passphrase, or not in this form; ssh2 has no codes for which. */
export function parsePrivateKey(content: Uint8Array, passphrase?: string): ParsedKey | undefined {
  const key = parse(content, passphrase);
  return key?.isPrivateKey() ? key : undefined;
}

/** `undefined` for what ssh2 has no signatures of: certificates, security keys, and what is no key. */
export function parsePublicKey(blob: Uint8Array): ParsedKey | undefined {
  return parse(blob);
}

/** ssh2 returns faults, and of some broken keys nothing, or throws. */
function parse(content: Uint8Array, passphrase?: string): ParsedKey | undefined {
  try {
    // Not by its name: Node finds few names of what a CommonJS package exports, and not this one.
    const key: ParsedKey | Error | undefined = ssh2.utils.parseKey(fromPkcs8(content, passphrase) ?? Buffer.from(content), passphrase);
    return key instanceof Error ? undefined : key;
  } catch {
    return undefined;
  }
}
