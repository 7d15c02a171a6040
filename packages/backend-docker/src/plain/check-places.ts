import { posix } from 'node:path';
import type { ProcessRequest } from '@errand/core';
import { DEFAULT_TMPFS, volumesInMemory } from '../container/hardening.ts';
import type { ImageState } from '../daemon-answers.ts';
import type { DockerClient } from '../docker-client.ts';
import type { ContainerOptions } from '../docker-options.ts';
import type { FileState } from '../file-state.ts';
import { refused } from './plain-faults.ts';
import { withoutSlash } from './plain-spec.ts';

/** A kernel's clock for files may be so much behind. */
const CLOCK_MS = 1_000;
/** Where a runtime looks where no PATH is set. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What is looked at in a container that was made and not started. */
export interface Places {
  readonly client: DockerClient;
  readonly container: string;
  readonly request: ProcessRequest;
  readonly image: ImageState;
  readonly options: ContainerOptions;
  readonly cwd: string | undefined;
}

/**
 * That directory and program are there, which the init of a container tells in the command's own stream, and nobody tells of the directory.
 *
 * @throws NotStarted
 */
export async function checkPlaces(places: Places, signal: AbortSignal): Promise<void> {
  if (places.cwd !== undefined && !(await isDirectory(places, places.cwd, signal))) throw refused('cwd', places.request);
  await checkProgram(places, signal);
}

/** A daemon makes a directory that is not there. */
async function isDirectory(places: Places, cwd: string, signal: AbortSignal): Promise<boolean> {
  const { options } = places;
  const mounts = (options.mounts ?? []).map(({ target }) => withoutSlash(target));
  const inMemory = [...Object.keys(options.tmpfs ?? DEFAULT_TMPFS).map(withoutSlash), ...volumesInMemory(options, places.image)];
  if (mounts.includes(cwd) || inMemory.includes(cwd)) return true;
  const isMounted = mounts.some((mount) => cwd.startsWith(`${mount}/`));
  // They are empty.
  if (!isMounted && inMemory.some((directory) => cwd.startsWith(`${directory}/`))) return false;
  const own = await places.client.stat(places.container, cwd, signal);
  const path = own?.target ?? cwd;
  const found = own?.target === undefined ? own : await stat(places, path, signal);
  if (found?.type !== 'directory') return false;
  return isMounted || !(await isNew(places, path, found, signal));
}

/** Whether it was made with the container. What was modified long before was not. */
async function isNew({ client, container }: Places, directory: string, { modifiedAt }: FileState, signal: AbortSignal): Promise<boolean> {
  const { createdAt } = await client.inspect(container, signal);
  if (modifiedAt.getTime() < createdAt.getTime() - CLOCK_MS) return false;
  const added = await client.added(container, signal);
  // Links may have led to it.
  return added.some((path) => posix.basename(path) === posix.basename(directory));
}

async function checkProgram(places: Places, signal: AbortSignal): Promise<void> {
  const { request } = places;
  const [program = ''] = request.command;
  let word: 'program' | 'program-denied' = 'program';
  for (const path of candidates(places, program)) {
    const found = await stat(places, path, signal);
    if (found?.type === 'file' && (found.mode & 0o111) !== 0) return;
    if (found) word = 'program-denied';
  }
  throw refused(program.includes('/') ? word : 'program', request);
}

/** As `execvp` looks. */
function candidates({ request, image, cwd = image.workingDirectory }: Places, program: string): string[] {
  if (program.includes('/')) return [posix.resolve(cwd, program)];
  const ofImage = image.env.find((variable) => variable.startsWith('PATH='))?.slice('PATH='.length);
  const path = 'PATH' in request.env ? request.env['PATH'] : ofImage;
  return (path ?? DEFAULT_PATH).split(':').map((directory) => posix.resolve(cwd, directory, program));
}

/** Of what a symbolic link leads to. */
async function stat({ client, container }: Places, path: string, signal: AbortSignal): Promise<FileState | undefined> {
  const found = await client.stat(container, path, signal);
  return found?.target === undefined ? found : client.stat(container, found.target, signal);
}
