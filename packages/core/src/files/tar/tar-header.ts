import { BLOCK_BYTES, checksumOf, FIELDS, type Field, paddingOf, type TarEntry } from './tar-entry.ts';

const TYPES = { file: '0', link: '1', symlink: '2', directory: '5' } as const;

/** Ends a tar stream. */
export const TAR_END: Uint8Array = Buffer.alloc(2 * BLOCK_BYTES);

/**
 * What comes before a member's bytes, in the format of GNU tar: bsdtar and busybox read it too, names are bytes, and neither they nor
 * sizes have a bound.
 */
export function tarHeader(entry: TarEntry & { readonly type: keyof typeof TYPES }): Buffer {
  const { name, linkName = Buffer.alloc(0) } = entry;
  return Buffer.concat([
    ...(linkName.length > FIELDS.linkName[1] ? longName('K', linkName) : []),
    ...(name.length > FIELDS.name[1] ? longName('L', name) : []),
    header({ ...entry, linkName, type: TYPES[entry.type] }),
  ]);
}

/** A member whose bytes are the name of the one behind it. */
function longName(type: 'K' | 'L', name: Buffer): Buffer[] {
  const bytes = Buffer.concat([name, Buffer.alloc(1)]);
  const long = {
    type,
    name: Buffer.from('././@LongLink'),
    mode: 0o644,
    sizeBytes: bytes.length,
    modifiedSeconds: 0,
    linkName: Buffer.alloc(0),
  };
  return [header(long), bytes, Buffer.alloc(paddingOf(bytes.length))];
}

type Header = Required<Omit<TarEntry, 'type'>> & { readonly type: string };

function header({ type, name, mode, sizeBytes, modifiedSeconds, linkName }: Header): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const put = (field: Field, bytes: Buffer | string): void => {
    const [at, length] = FIELDS[field];
    Buffer.from(bytes as string, 'latin1').copy(block, at, 0, length);
  };
  put('name', name);
  put('mode', number(mode, 'mode'));
  // Whoever unpacks it owns it.
  put('uid', number(0, 'uid'));
  put('gid', number(0, 'gid'));
  put('size', number(sizeBytes, 'size'));
  put('modified', number(modifiedSeconds, 'modified'));
  put('type', type);
  put('linkName', linkName);
  put('magic', 'ustar  ');
  put('checksum', `${checksumOf(block).toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** In octal digits; what is negative or has too many as a binary number, marked by its first bit. */
function number(value: number, field: Field): Buffer {
  const length = FIELDS[field][1];
  const digits = value.toString(8).padStart(length - 1, '0');
  if (value >= 0 && digits.length < length) return Buffer.from(`${digits}\0`);
  const binary = Buffer.alloc(length, value < 0 ? 0xff : 0);
  binary.writeBigInt64BE(BigInt(value), length - 8);
  binary[0] = value < 0 ? 0xff : 0x80;
  return binary;
}
