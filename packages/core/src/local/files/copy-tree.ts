import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { about, type Named, wrongPath } from '../../files/file-errors.ts';
import { whole } from '../../files/tar/sealed.ts';
import { packTree } from './pack-tree.ts';
import { placeTree } from './place-tree.ts';
import { unpackTree } from './unpack-tree.ts';

/** Copies a directory as it would be carried to another machine, so that the same is kept. */
export function copyTree(from: string, source: Named, to: string, target: Named, signal: AbortSignal | undefined): Promise<void> {
  return placeTree(to, target, signal, async (temporary) => {
    await refuseInside(from, source, temporary, target);
    const tree = packTree({ directory: from, name: '.', named: source, signal });
    await unpackTree(whole(tree), { directory: temporary, named: target, source, signal });
  });
}

/** It would be copied into itself, without an end. */
async function refuseInside(from: string, source: Named, temporary: string, target: Named): Promise<void> {
  const outer = await about(source, () => realpath(from));
  const place = await realpath(dirname(temporary));
  if (`${place}/`.startsWith(outer === '/' ? outer : `${outer}/`)) {
    throw wrongPath(target, `is inside '${source.path}', which is to be copied there`, 'a path outside of it');
  }
}
