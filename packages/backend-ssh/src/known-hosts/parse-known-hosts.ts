import { type HostKey, parseHostKey } from './host-key.ts';

/** A line of a known_hosts file that holds a key. */
export interface KnownHostsLine {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly marker?: 'revoked' | 'cert-authority';
  /** Patterns with commas between them, or one hashed name; a character a byte. */
  readonly names: string;
  readonly key: HostKey;
}

/** A line whose key was not looked at yet: a file has many lines, of which a host needs few. */
export interface UnreadLine extends Omit<KnownHostsLine, 'key'> {
  readonly type: string;
  readonly base64: string;
}

/**
 * The lines that have the form of one with a key. Comments and broken lines are left out, as OpenSSH skips them. `text` has a
 * character a byte (latin1): names are compared by bytes.
 */
export function parseKnownHosts(path: string, text: string): UnreadLine[] {
  return text.split('\n').flatMap((content, index) => {
    const parsed = parseLine(content);
    return parsed ? [{ path, line: index + 1, ...parsed }] : [];
  });
}

/** Reads a line's key; `undefined` where OpenSSH would skip the line for it. */
export function readLine({ type, base64, ...line }: UnreadLine): KnownHostsLine | undefined {
  const key = parseHostKey(type, base64);
  return key && { ...line, key };
}

const LINE = /^[ \t]*(?:@([^ \t]+)[ \t]+)?([^ \t@#][^ \t]*)[ \t]+([^ \t#][^ \t]*)[ \t]+([^ \t]+)/;

function parseLine(content: string): Omit<UnreadLine, 'path' | 'line'> | undefined {
  // For OpenSSH, which is written in C, a NUL ends the line.
  const [, marker, names, type, base64] = LINE.exec(content.replace(/\0.*$/s, '')) ?? [];
  if (names === undefined || type === undefined || base64 === undefined) return undefined;
  if (marker === undefined) return { names, type, base64 };
  return marker === 'revoked' || marker === 'cert-authority' ? { marker, names, type, base64 } : undefined;
}
