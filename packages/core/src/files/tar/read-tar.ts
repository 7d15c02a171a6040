import { ByteReader } from './byte-reader.ts';
import { BLOCK_BYTES, checksumOf, FIELDS, type Field, paddingOf, type TarEntry, type TarType } from './tar-entry.ts';

/** Names are not longer; a target that says so would have it all in memory here. */
const MAX_EXTENSION_BYTES = 1_048_576;

const NEWLINE = 10;

const TYPES: Readonly<Record<string, TarType>> = { '\0': 'file', '0': 'file', '7': 'file', '1': 'link', '2': 'symlink', '5': 'directory' };

/** What a member's own header does not hold. */
interface Extension {
  name?: Buffer;
  linkName?: Buffer;
  sizeBytes?: number;
  modifiedSeconds?: number;
}

/**
 * Reads a tar stream as GNU, busybox and BSD write it, and hands each member to `use` with its bytes, which are good until the next
 * are asked for. Resolves to whether the stream came to its own end; what is behind that is read and dropped.
 *
 * @throws Error where it is no tar stream
 */
export async function readTar(bytes: AsyncIterable<Uint8Array>, use: UseEntry): Promise<boolean> {
  const reader = new ByteReader(bytes);
  try {
    return await readMembers(reader, use);
  } finally {
    await reader.close();
  }
}

/** What is done with a member and its bytes. */
type UseEntry = (entry: TarEntry, content: AsyncIterable<Uint8Array>) => Promise<void>;

async function readMembers(reader: ByteReader, use: UseEntry): Promise<boolean> {
  let extension: Extension = {};
  for (;;) {
    const header = await reader.take(BLOCK_BYTES);
    if (header.length < BLOCK_BYTES) return false;
    if (header.every((byte) => byte === 0)) break;
    if (numberIn(header, 'checksum') !== checksumOf(header)) throw new Error('a checksum in the tar stream is wrong');
    const sizeBytes = numberIn(header, 'size');
    const extend = EXTENSIONS[typeIn(header)];
    if (extend) {
      if (sizeBytes > MAX_EXTENSION_BYTES) throw new Error('a name in the tar stream is too long');
      extend(extension, await reader.take(sizeBytes));
      if (!(await reader.skip(paddingOf(sizeBytes)))) return false;
      continue;
    }
    const entry = entryIn(header, extension);
    extension = {};
    const content = new Content(reader, entry.sizeBytes);
    await use(entry, content.pieces());
    if (!(await reader.skip(content.left + paddingOf(entry.sizeBytes)))) return false;
  }
  return drain(reader);
}

/** By the type of the member that carries them. */
const EXTENSIONS: Readonly<Record<string, (extension: Extension, bytes: Buffer) => void>> = {
  L: (extension, bytes) => Object.assign(extension, { name: untilNul(bytes) }),
  K: (extension, bytes) => Object.assign(extension, { linkName: untilNul(bytes) }),
  x: readPax,
  g: () => {},
};

/** Records of `LENGTH KEY=VALUE\n`, where the length counts all of it. */
function readPax(extension: Extension, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at);
    const length = Number(bytes.toString('latin1', at, space));
    const equals = bytes.indexOf('=', space);
    if (space < 0 || equals < 0 || !(length > equals - at) || bytes[at + length - 1] !== NEWLINE)
      throw new Error('a pax header in the tar stream cannot be read');
    const value = bytes.subarray(equals + 1, at + length - 1);
    const key = bytes.toString('latin1', space + 1, equals);
    if (key === 'path') extension.name = value;
    if (key === 'linkpath') extension.linkName = value;
    if (key === 'size') extension.sizeBytes = Number(value);
    if (key === 'mtime') extension.modifiedSeconds = Math.floor(Number(value));
    at += length;
  }
}

function entryIn(header: Buffer, extension: Extension): TarEntry {
  const type = TYPES[typeIn(header)] ?? 'other';
  const {
    name = nameIn(header),
    linkName = textIn(header, 'linkName'),
    modifiedSeconds = numberIn(header, 'modified'),
    sizeBytes = numberIn(header, 'size'),
  } = extension;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new Error('a size in the tar stream cannot be read');
  // Of a link, some tell the size of its file, without a byte behind it.
  return { type, name, linkName, mode: numberIn(header, 'mode') & 0o7777, modifiedSeconds, sizeBytes: /link/.test(type) ? 0 : sizeBytes };
}

function typeIn(header: Buffer): string {
  return header.toString('latin1', FIELDS.type[0], FIELDS.type[0] + 1);
}

/** POSIX's own format has the beginning of a long name in a field of its own; in GNU's, other things are there. */
function nameIn(header: Buffer): Buffer {
  const name = textIn(header, 'name');
  const prefix = textIn(header, 'prefix');
  const isPosix = header.toString('latin1', FIELDS.magic[0], FIELDS.magic[0] + 6) === 'ustar\0';
  return isPosix && prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : name;
}

function fieldIn(header: Buffer, field: Field): Buffer {
  const [at, length] = FIELDS[field];
  return header.subarray(at, at + length);
}

function textIn(header: Buffer, field: Field): Buffer {
  return untilNul(fieldIn(header, field));
}

function untilNul(bytes: Buffer): Buffer {
  const at = bytes.indexOf(0);
  return at < 0 ? bytes : bytes.subarray(0, at);
}

/** Octal digits; or a binary number, marked by its first bit. */
function numberIn(header: Buffer, field: Field): number {
  const bytes = fieldIn(header, field);
  const first = bytes[0] ?? 0;
  if (first < 0x80) return Number.parseInt(untilNul(bytes).toString('latin1').trim() || '0', 8);
  return Number(bytes.length > 8 ? bytes.readBigInt64BE(bytes.length - 8) : bytes.readBigUInt64BE() & 0x7fffffffffffffffn);
}

/** The bytes of one member. */
class Content {
  left: number;
  readonly #reader: ByteReader;

  constructor(reader: ByteReader, bytes: number) {
    this.#reader = reader;
    this.left = bytes;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    while (this.left > 0) {
      const piece = await this.#reader.next(this.left);
      if (piece.length === 0) return;
      this.left -= piece.length;
      yield piece;
    }
  }
}

async function drain(reader: ByteReader): Promise<true> {
  while ((await reader.next(Number.MAX_SAFE_INTEGER)).length > 0);
  return true;
}
