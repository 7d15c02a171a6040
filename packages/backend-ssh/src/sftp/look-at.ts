import { posix } from 'node:path';
import type { FileInfo } from '@errand/core';
import { type Named, wrongPath } from '@errand/core/files';
import type { Attributes, SftpSession } from '../sftp-client.ts';
import { typeOf } from './file-modes.ts';
import { followLinks } from './follow-links.ts';
import { unlessMissing } from './sftp-faults.ts';

/** @throws an error of the server; ExecError for a loop of links, which to the server is as nothing */
export async function attributesOf(sftp: SftpSession, file: string, named: Named): Promise<Attributes> {
  const found = await unlessMissing(sftp.stat(file));
  if (found) return found;
  await followLinks(sftp, file, named);
  return sftp.stat(file);
}

export function toInfo(path: string, attributes: Attributes): FileInfo {
  return {
    name: posix.basename(path),
    path,
    type: typeOf(attributes),
    sizeBytes: attributes.size,
    mode: attributes.mode & 0o7777,
    modifiedAt: new Date(attributes.mtime * 1_000),
  };
}

export async function listDirectory(sftp: SftpSession, directory: string, named: Named): Promise<FileInfo[]> {
  if (typeOf(await attributesOf(sftp, directory, named)) !== 'directory') throw wrongPath(named, 'is no directory', 'a directory');
  const entries = [...(await sftp.list(directory))];
  // By code units, as everywhere.
  entries.sort((a, b) => (a.filename < b.filename ? -1 : 1));
  return entries.map(({ filename, attrs }) => toInfo(posix.join(directory, filename), attrs));
}
