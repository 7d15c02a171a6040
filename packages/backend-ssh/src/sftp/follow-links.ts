import { posix } from 'node:path';
import type { Named } from '@errand/core/files';
import type { SftpSession } from '../sftp-client.ts';
import { typeOf } from './file-modes.ts';
import { loop, unlessMissing } from './sftp-faults.ts';

/** As many links in a row as Linux follows. */
const MAX_LINKS = 40;

/** Where a file is, or would be made, once every symbolic link at the end of its path is followed. */
export async function followLinks(sftp: SftpSession, file: string, named: Named): Promise<string> {
  let at = file;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const found = await unlessMissing(sftp.lstat(at));
    if (!found || typeOf(found) !== 'symlink') return at;
    const link = await sftp.readlink(at);
    // Not joined: 'x/..' is elsewhere where x is a link to a directory.
    at = posix.isAbsolute(link) ? link : `${posix.dirname(at)}/${link}`;
  }
  throw loop(named);
}
