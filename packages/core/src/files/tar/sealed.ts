import { quote } from '../../command.ts';
import { paddingOf, type TarEntry } from './tar-entry.ts';
import { TAR_END, tarHeader } from './tar-header.ts';

/** What a tree is packed into. */
export interface PackedTree {
  /** All that is in it, without the end of the stream. Every directory is open to its owner. A piece is good until the next is asked for. */
  readonly members: AsyncIterable<Uint8Array>;
  /** The directories that are to be closed to their owner in the end, each behind those in it; complete behind the last member. */
  readonly closed: readonly (TarEntry & { readonly type: 'directory' })[];
}

/** A whole tar stream of a tree. */
export async function* whole({ members, closed }: PackedTree): AsyncGenerator<Uint8Array> {
  yield* members;
  for (const directory of closed) yield tarHeader(directory);
  yield TAR_END;
}

/**
 * A whole tar stream of a tree, with a file of that name as its last member: sh source that closes the directories, as `close MODE NAME`.
 * busybox makes some links at the very end, and does not change a directory a second time.
 */
export async function* sealed({ members, closed }: PackedTree, seal: string): AsyncGenerator<Uint8Array> {
  yield* members;
  const lines = closed.map(({ mode, name }) => `close ${mode.toString(8)} ${quote(name.toString('latin1'))}\n`);
  const source = Buffer.from(lines.join(''), 'latin1');
  yield tarHeader({ type: 'file', name: Buffer.from(seal), mode: 0o600, sizeBytes: source.length, modifiedSeconds: 0 });
  yield source;
  yield Buffer.alloc(paddingOf(source.length));
  yield TAR_END;
}
