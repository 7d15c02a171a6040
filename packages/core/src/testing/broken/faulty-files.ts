import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isExecError } from '../../errors.ts';
import type { Executor } from '../../executor.ts';
import type { Files } from '../../files.ts';
import type { BrokenExecutor } from './broken-executor.ts';
import { like } from './like.ts';

/** Executors that read files and carry directories in a way of their own. */
export const FAULTY_FILES: readonly BrokenExecutor[] = [
  {
    fault: 'reads from the beginning wherever it is to begin',
    caughtBy: 'read gives a part of a file, up to its end',
    says: 'bytes from 1 on',
    breakIt: (inner) => withFiles(inner, { read: (path, options) => inner.files.read(path, { ...options, offset: 0 }) }),
  },
  {
    fault: 'opens to everybody what it uploads',
    caughtBy: 'a directory goes up with all that is in it',
    says: 'deep',
    breakIt: (inner) =>
      withFiles(inner, {
        upload: async (localPath, path, options) => {
          await inner.files.upload(localPath, path, options);
          await chmod(join(path, 'run'), 0o777);
        },
      }),
  },
  {
    fault: 'leaves out empty directories as it downloads',
    caughtBy: 'a directory comes down with all that is in it',
    says: "/empty'",
    breakIt: (inner) =>
      withFiles(inner, {
        download: async (path, localPath, options) => {
          await inner.files.download(path, localPath, options);
          await rm(join(localPath, 'empty'), { recursive: true });
        },
      }),
  },
  {
    fault: 'uploads a directory whether asked to or not',
    caughtBy: 'a directory is carried only with recursive, and the refusal says so',
    says: 'should have been rejected',
    breakIt: (inner) =>
      withFiles(inner, { upload: (localPath, path, options) => inner.files.upload(localPath, path, { ...options, recursive: true }) }),
  },
  {
    fault: 'mixes a directory with what is there',
    caughtBy: 'a directory takes the place of an empty one, and of nothing else',
    says: 'should have been rejected',
    breakIt: (inner) =>
      withFiles(inner, {
        upload: async (localPath, path, options) => {
          const beside = `${path}-new`;
          await inner.files.upload(localPath, beside, options);
          await inner.files.remove(path, { recursive: true });
          await inner.files.rename(beside, path);
        },
      }),
  },
  {
    fault: 'leaves what came before it found a FIFO',
    caughtBy: 'a directory with a FIFO in it is refused, and nothing is left',
    says: 'deep',
    breakIt: (inner) =>
      withFiles(inner, {
        download: async (path, localPath, options) => {
          await inner.files.download(path, localPath, options).catch(async (error) => {
            if (isExecError(error)) await mkdir(localPath);
            throw error;
          });
        },
      }),
  },
  {
    fault: 'leaves a part of what it gave up',
    caughtBy: 'a directory that is given up on the way is there on neither side',
    says: 'What was downloaded should be gone',
    boundMs: 12_000,
    breakIt: (inner) =>
      withFiles(inner, {
        download: async (path, localPath, options) => {
          await mkdtemp(`${localPath}-part-`);
          await inner.files.download(path, localPath, options);
        },
      }),
  },
];

function withFiles(inner: Executor, faults: Partial<Files>): Executor {
  const { files } = inner;
  const { read, write, stat, exists, list, rename, remove, makeDirectory, upload, download } = files;
  const bound = { read, write, stat, exists, list, rename, remove, makeDirectory, upload, download };
  const sound = Object.fromEntries(Object.entries(bound).map(([name, call]) => [name, call.bind(files)]));
  return like(inner, { files: Object.assign(sound as unknown as Files, faults) });
}
