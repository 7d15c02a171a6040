import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { about, type Named, notRegular } from '../../files/file-errors.ts';

// Opening a FIFO waits for its other end, in a thread that cannot be interrupted; a terminal would become this process's own.
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** Opens a regular file to be read. The files of /proc and /sys count, whose sizes say nothing. */
export function openRegular(file: string, named: Named): Promise<{ readonly handle: FileHandle; readonly sizeBytes: number }> {
  return about(named, async () => {
    // Opening a device may already do something, and a socket cannot be opened at all.
    refuseUnlessRegular(await stat(file), named);
    const handle = await open(file, READ);
    try {
      const stats = await handle.stat();
      refuseUnlessRegular(stats, named);
      return { handle, sizeBytes: stats.size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}

/** @throws ExecError `EXEC_INVALID_OPTION` */
export function refuseUnlessRegular(stats: Stats, named: Named): void {
  if (!stats.isFile()) throw notRegular(named, kind(stats));
}

function kind(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  return stats.isSocket() ? 'a socket' : 'a device';
}
