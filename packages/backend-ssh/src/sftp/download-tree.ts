import { resolve } from 'node:path';
import { changedMeanwhile, type Named, oddInTree, paddingOf, placeTree, TAR_END, tarHeader, unpackTree } from '@errand/core/files';
import type { Attributes, SftpSession } from '../sftp-client.ts';
import { permissionsOf, typeOf } from './file-modes.ts';
import { refuseUnlessText } from './name-text.ts';
import { readPieces } from './sftp-content.ts';
import { about } from './sftp-faults.ts';

/** Packs a directory on its way down, so that what a server sends is trusted no more than what a target's tar does. */
export function downloadTree(sftp: SftpSession, directory: string, source: Named, target: Named, signal: AbortSignal): Promise<void> {
  return placeTree(resolve(target.path), target, signal, async (temporary) => {
    await unpackTree(packRemote(sftp, directory, source, signal), { directory: temporary, named: target, source, signal });
  });
}

/** What a member is on the server, in the stream, and to the caller. */
interface Place {
  readonly path: string;
  readonly name: string;
  readonly named: Named;
}

async function* packRemote(sftp: SftpSession, directory: string, source: Named, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const root = await about(source, () => sftp.stat(directory));
  yield* packDirectory({ path: directory, name: '.', named: source }, root);
  yield TAR_END;

  async function* packDirectory({ path, name, named }: Place, attributes: Attributes): AsyncGenerator<Uint8Array> {
    yield tarHeader({ ...entryOf(name, attributes), type: 'directory' });
    for (const { filename, attrs } of await about(named, () => sftp.list(path))) {
      signal.throwIfAborted();
      refuseUnlessText(filename);
      yield* pack(
        { path: `${path}/${filename}`, name: `${name}/${filename}`, named: { ...named, path: `${named.path}/${filename}` } },
        attrs,
      );
    }
  }

  async function* pack(place: Place, attributes: Attributes): AsyncGenerator<Uint8Array> {
    const { path, name, named } = place;
    const type = typeOf(attributes);
    if (type === 'directory') yield* packDirectory(place, attributes);
    else if (type === 'file') yield* packFile(place);
    else if (type === 'other') throw oddInTree(source, named.path);
    else {
      const leadsTo = await about(named, () => sftp.readlink(path));
      refuseUnlessText(leadsTo);
      yield tarHeader({ ...entryOf(name, attributes), type: 'symlink', linkName: Buffer.from(leadsTo) });
    }
  }

  async function* packFile({ path, name, named }: Place): AsyncGenerator<Uint8Array> {
    const handle = await about(named, () => sftp.open(path));
    const before = await about(named, () => sftp.fstat(handle));
    yield tarHeader({ ...entryOf(name, before), type: 'file', sizeBytes: before.size });
    const pieces = readPieces(sftp, handle, before.size);
    let left = before.size;
    for (;;) {
      const { done, value } = await about(named, () => pieces.next());
      if (done) break;
      left -= value.length;
      if (left < 0) throw changedMeanwhile(named);
      yield value;
    }
    const after = await about(named, () => sftp.fstat(handle));
    if (left > 0 || after.mtime !== before.mtime) throw changedMeanwhile(named);
    await about(named, () => sftp.close(handle));
    yield Buffer.alloc(paddingOf(before.size));
  }
}

function entryOf(name: string, attributes: Attributes): { name: Buffer; mode: number; sizeBytes: number; modifiedSeconds: number } {
  return { name: Buffer.from(name), mode: permissionsOf(attributes), sizeBytes: 0, modifiedSeconds: attributes.mtime };
}
