/** For backends whose files come by other means than shells: this machine's side of a transfer, and faults in the words of all. */
export { writeAll } from '../local/files/copy-content.ts';
export { isDirectory } from '../local/files/is-directory.ts';
export { openRegular } from '../local/files/open-regular.ts';
export { packTree } from '../local/files/pack-tree.ts';
export { placeTree } from '../local/files/place-tree.ts';
export { replaceFile } from '../local/files/replace-file.ts';
export { unpackTree } from '../local/files/unpack-tree.ts';
export { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
export { changedMeanwhile, type Named, noDirectoryFor, notRegular, occupied, oddInTree, toFileError, wrongPath } from './file-errors.ts';
export { isThere } from './is-there.ts';
export { joined } from './joined.ts';
export { piecesOf, piecesOfFile } from './pieces.ts';
export { longerThan, partOf } from './read-bound.ts';
export { readTar } from './tar/read-tar.ts';
export { whole } from './tar/sealed.ts';
export { paddingOf, type TarEntry } from './tar/tar-entry.ts';
export { TAR_END, tarHeader } from './tar/tar-header.ts';
