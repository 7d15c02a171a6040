/** For backends whose files come by other means than shells: this machine's side of a transfer, and faults in the words of all. */
export { writeAll } from '../local/files/copy-content.ts';
export { isDirectory } from '../local/files/is-directory.ts';
export { openRegular } from '../local/files/open-regular.ts';
export { replaceFile } from '../local/files/replace-file.ts';
export { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
export { type Named, noDirectoryFor, notRegular, toFileError, wrongPath } from './file-errors.ts';
export { joined } from './joined.ts';
export { piecesOf, piecesOfFile } from './pieces.ts';
export { DEFAULT_MAX_READ_BYTES, longerThan } from './read-bound.ts';
