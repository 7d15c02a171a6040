import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A directory with its parents. Node's own `recursive` tries for ever where a directory takes no entries, as `/proc` does. */
export async function makeDirectories(path: string): Promise<void> {
  const fault = await mkdir(path).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  );
  if (!fault || (await isDirectory(path))) return;
  if (fault.code !== 'ENOENT' || dirname(path) === path || (await isDirectory(dirname(path)))) throw fault;
  await makeDirectories(dirname(path)).catch((error: NodeJS.ErrnoException) => {
    // A link that leads nowhere is there itself.
    throw error.code === 'EEXIST' ? fault : error;
  });
  await makeDirectories(path);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
