import type { ExecError } from '@errand/core';
import { notSupported } from '@errand/core/checks';
import { type Named, toFileError } from '@errand/core/files';
import { DaemonRefusal } from '../daemon-refusal.ts';
import { daemonFault } from '../docker-errors.ts';

export function readOnly(call: string): ExecError {
  return notSupported(
    `files.${call}`,
    'without a shell only the daemon could do it, which replaces a file by removing it first; mount a volume, or use an image that has a shell',
  );
}

export function hidden({ option, path }: Named, place: string): ExecError {
  return notSupported(
    option,
    `'${path}' is, or has in it, what only processes of the container see (${place}); use a command, such as ['cat', …], where there is one`,
  );
}

/** What a failed call of the archive API meant. */
export function archiveFault(fault: unknown, named: Named): ExecError {
  if (!(fault instanceof DaemonRefusal)) return daemonFault(fault);
  return systemFault(codeOf(fault), named, fault);
}

/** As a system call would have failed. */
export function systemFault(code: string, named: Named, cause?: Error): ExecError {
  return toFileError(Object.assign(new Error(cause?.message ?? code, { cause }), { code }), named);
}

function codeOf({ status, message }: DaemonRefusal): string {
  if (/too many (levels of symbolic )?links/i.test(message)) return 'ELOOP';
  if (/file name too long/i.test(message)) return 'ENAMETOOLONG';
  if (/not a directory/i.test(message)) return 'ENOTDIR';
  return status === 404 ? 'ENOENT' : '';
}
