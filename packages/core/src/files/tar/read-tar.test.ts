import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTar } from './read-tar.ts';
import { paddingOf, type TarEntry } from './tar-entry.ts';
import { TAR_END, tarHeader } from './tar-header.ts';

interface Read {
  readonly entry: TarEntry;
  readonly content: Buffer;
}

async function read(bytes: Buffer, pieceBytes = 1_000): Promise<{ readonly members: Read[]; readonly isWhole: boolean }> {
  const members: Read[] = [];
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  };
  const isWhole = await readTar(pieces(), async (entry, content) => {
    const blocks: Uint8Array[] = [];
    for await (const block of content) blocks.push(Buffer.from(block));
    members.push({ entry, content: Buffer.concat(blocks) });
  });
  return { members, isWhole };
}

/** A name or a link: any bytes but NUL. */
const name = fc.uint8Array({ minLength: 1, maxLength: 700, min: 1 }).map((bytes) => Buffer.from(bytes));

test('what is written is read: any name, mode, time and content, in pieces of any size', async () => {
  const member = fc.record({
    type: fc.constantFrom('file' as const, 'directory' as const, 'symlink' as const, 'link' as const),
    name,
    linkName: name,
    mode: fc.nat(0o7777),
    modifiedSeconds: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    content: fc.uint8Array({ maxLength: 2_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 6 }), fc.integer({ min: 1, max: 3_000 }), async (given, pieceBytes) => {
      const wanted = given.map(({ content, ...entry }) => {
        const bytes = Buffer.from(entry.type === 'file' ? content : []);
        return { entry: { ...entry, sizeBytes: bytes.length }, content: bytes };
      });
      const stream = wanted.flatMap(({ entry, content }) => [tarHeader(entry), content, Buffer.alloc(paddingOf(content.length))]);
      const { members, isWhole } = await read(Buffer.concat([...stream, TAR_END, Buffer.alloc(8_192)]), pieceBytes);
      expect(isWhole).toBe(true);
      expect(members).toEqual(wanted);
    }),
    { numRuns: 60 },
  );
});

test('sizes have no bound that a file system has not', async () => {
  const { members, isWhole } = await read(
    tarHeader({ type: 'file', name: Buffer.from('big'), mode: 0o644, sizeBytes: 2 ** 45 + 1, modifiedSeconds: 0 }),
  );
  expect(members[0]?.entry.sizeBytes).toBe(2 ** 45 + 1);
  expect(isWhole).toBe(false);
});

/** A header of POSIX's format, before which another may stand. */
function posix(type: string, fields: { readonly name?: string; readonly prefix?: string; readonly content?: Buffer }): Buffer {
  const { name = 'f', prefix = '', content = Buffer.alloc(0) } = fields;
  const header = tarHeader({ type: 'file', name: Buffer.from(name), mode: 0o644, sizeBytes: content.length, modifiedSeconds: 7 });
  header.write(type, 156, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  header.write(prefix, 345, 'latin1');
  header.fill(' ', 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  return Buffer.concat([header, content, Buffer.alloc(paddingOf(content.length))]);
}

test('POSIX’s own format is read, with its prefixes and pax headers, whose names are bytes', async () => {
  const records = Buffer.concat([
    record('path', Buffer.from([0x61, 0x2f, 0xff, 0x0a])),
    record('mtime', Buffer.from('123.98')),
    record('comment', Buffer.from('=')),
  ]);
  const { members } = await read(
    Buffer.concat([
      posix('0', { prefix: 'deep/er' }),
      posix('g', { content: record('path', Buffer.from('for all')) }),
      posix('x', { content: records }),
      posix('0', { content: Buffer.from('abc') }),
      posix('0', { name: 'last' }),
      posix('6', { name: 'fifo' }),
      TAR_END,
    ]),
  );
  expect(
    members.map(({ entry: { type, name, modifiedSeconds }, content }) => [type, name.toString('latin1'), modifiedSeconds, String(content)]),
  ).toEqual([
    ['file', 'deep/er/f', 7, ''],
    ['file', 'a/\xff\n', 123, 'abc'],
    ['file', 'last', 7, ''],
    ['other', 'fifo', 7, ''],
  ]);
});

function record(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  const length = rest.length + (rest.length + 2 > 99 ? 3 : rest.length + 1 > 9 ? 2 : 1);
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

test.each(['x', '5 a=b', '99999 path=x\n'.padEnd(20), 'abc path=x\n', '0 path=x\n'])(
  'a pax header that cannot be is refused: %j',
  async (text) => {
    await expect(read(Buffer.concat([posix('x', { content: Buffer.from(text) }), posix('0', {}), TAR_END]))).rejects.toThrow(
      'cannot be read',
    );
  },
);

test.each([
  ['fails', () => Promise.reject(new Error('no room'))],
  ['takes nothing', async () => {}],
])('where a member %s, what the bytes come from is let go of', async (_what, use) => {
  let isOpen = true;
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield tarHeader({ type: 'file', name: Buffer.from('f'), mode: 0o644, sizeBytes: 3, modifiedSeconds: 0 });
      yield Buffer.alloc(512);
      yield TAR_END;
    } finally {
      isOpen = false;
    }
  };
  await readTar(pieces(), use).catch(() => {});
  expect(isOpen).toBe(false);
});
