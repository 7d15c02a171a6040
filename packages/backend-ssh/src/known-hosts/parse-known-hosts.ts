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

/**
 * The lines that hold keys. Others (comments, broken ones, keys of types that are not supported) are left out, as OpenSSH skips them.
 * `text` has a character a byte (latin1): names are compared by bytes.
 */
export function parseKnownHosts(path: string, text: string): KnownHostsLine[] {
  return text.split('\n').flatMap((content, index) => {
    const parsed = parseLine(content);
    return parsed ? [{ path, line: index + 1, ...parsed }] : [];
  });
}

function parseLine(content: string): Omit<KnownHostsLine, 'path' | 'line'> | undefined {
  // For OpenSSH, which is written in C, a NUL ends the line.
  const [, marked, names, type, base64] =
    /^[ \t]*(?:@([^ \t]+)[ \t]+)?([^ \t@#][^ \t]*)[ \t]+([^ \t#][^ \t]*)[ \t]+([^ \t]+)/.exec(content.replace(/\0.*$/s, '')) ?? [];
  const marker = markerOf(marked);
  if (marker === false || names === undefined || type === undefined || base64 === undefined) return undefined;
  const key = parseHostKey(type, base64);
  return key && { ...(marker && { marker }), names, key };
}

function markerOf(text: string | undefined): KnownHostsLine['marker'] | false {
  return text === undefined || text === 'revoked' || text === 'cert-authority' ? text : false;
}
