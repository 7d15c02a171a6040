import { readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { codeOf } from '../../files/file-errors.ts';

/** As many links in a row as Linux follows. */
const MAX_LINKS = 40;

/** Where a file is, or would be made, once every symbolic link is followed. */
export async function linkTarget(file: string): Promise<string> {
  let at = file;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const found = await unlessMissing(realpath(at));
    if (found !== undefined) return found;
    const link = await unlessMissing(readlink(at));
    if (link === undefined) return at;
    // Not joined: 'x/..' is elsewhere where x is a link to a directory.
    at = isAbsolute(link) ? link : `${dirname(at)}/${link}`;
  }
  throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
}

async function unlessMissing(path: Promise<string>): Promise<string | undefined> {
  try {
    return await path;
  } catch (error) {
    // EINVAL: it is there by now, and no link.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}
