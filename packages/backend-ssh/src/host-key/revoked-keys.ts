import { codeOf } from '../code-of.ts';
import { type HostKey, isSameKey, parseHostKey } from '../known-hosts/host-key.ts';
import { MAX_LIST_BYTES, readBounded } from '../read-bounded.ts';
import { type Presenter, revokedKey, unreadableRevocations } from './host-key-faults.ts';

/** Binary lists, made by `ssh-keygen -k`. */
const KRL = 'SSHKRL\n\0';

/**
 * Refuses a key that a file of RevokedHostKeys lists, a public key a line. As in OpenSSH, a file that cannot be read revokes every key.
 *
 * @throws ExecError `EXEC_HOST_KEY`
 */
export async function checkRevocations(paths: readonly string[], presenter: Presenter, key: HostKey): Promise<void> {
  for (const path of paths) {
    const content = await readBounded(path, MAX_LIST_BYTES).catch((cause: unknown) => {
      throw unreadableRevocations(presenter, path, `cannot be read (${codeOf(cause)})`, cause);
    });
    const text = content.toString('latin1');
    if (text.startsWith(KRL))
      throw unreadableRevocations(presenter, path, 'is a KRL, which is not supported here: list public keys, a line each');
    const line = text.split('\n').findIndex((content) => holds(content, key));
    if (line >= 0) throw revokedKey(presenter, key, `${path}:${line + 1}`);
  }
}

function holds(content: string, key: HostKey): boolean {
  const [, type, base64] = /^[ \t]*([^ \t#][^ \t]*)[ \t]+([^ \t]+)/.exec(content) ?? [];
  const listed = type !== undefined && base64 !== undefined ? parseHostKey(type, base64) : undefined;
  return listed !== undefined && isSameKey(listed, key);
}
