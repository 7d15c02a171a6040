import { posix } from 'node:path';
import type { Named } from '@errand/core/files';
import type { FileState } from '../file-state.ts';
import { systemFault } from './archive-faults.ts';
import type { ArchiveTree } from './archive-tree.ts';

/** As Linux has it. */
const MAX_LINKS = 40;

/** A file without any symbolic link on the way to it. */
export interface Found {
  readonly path: string;
  readonly state: FileState;
}

/**
 * Follows symbolic links, step by step: any of them may lead to where a daemon does not look.
 *
 * @throws ExecError
 */
export async function findFile(tree: ArchiveTree, named: Named, signal: AbortSignal): Promise<Found> {
  let todo = posix.resolve(tree.workingDirectory, named.path).split('/').filter(Boolean);
  let at = '/';
  let links = 0;
  let state = await there(tree, at, named, signal);
  for (;;) {
    const name = todo.shift();
    if (name === undefined) return { path: at, state };
    if (state.type !== 'directory') throw systemFault('ENOTDIR', named);
    const next = posix.join(at, name);
    tree.refuseHidden(next, named);
    const found = await there(tree, next, named, signal);
    if (found.target === undefined) {
      at = next;
      state = found;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS || found.target === next) throw systemFault('ELOOP', named);
    todo = [...found.target.split('/').filter(Boolean), ...todo];
    at = '/';
    state = await there(tree, at, named, signal);
  }
}

async function there(tree: ArchiveTree, path: string, named: Named, signal: AbortSignal): Promise<FileState> {
  signal.throwIfAborted();
  const state = await tree.stat(path, signal, named);
  if (!state) throw systemFault('ENOENT', named);
  return state;
}
