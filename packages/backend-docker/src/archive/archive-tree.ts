import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { Named } from '@errand/core/files';
import type { DockerClient } from '../docker-client.ts';
import type { FileState } from '../file-state.ts';
import { archiveFault, hidden } from './archive-faults.ts';

/** What a daemon does not see of a container whatever it is made of. */
const OF_THE_KERNEL = ['/dev', '/proc', '/sys'];

/** The file system of one container, as far as a daemon sees it. */
export class ArchiveTree {
  /** Where relative paths start. */
  readonly workingDirectory: string;
  readonly #client: DockerClient;
  readonly #container: string;
  readonly #hidden: readonly string[];

  constructor(
    client: DockerClient,
    container: string,
    { workingDirectory, inMemory }: { workingDirectory: string; inMemory: readonly string[] },
  ) {
    this.#client = client;
    this.#container = container;
    this.workingDirectory = workingDirectory;
    this.#hidden = [...OF_THE_KERNEL, ...inMemory.map((path) => posix.resolve('/', path))];
  }

  /** Not of what a symbolic link leads to. Undefined where nothing is. */
  async stat(path: string, signal: AbortSignal, named: Named = { option: 'path', path }): Promise<FileState | undefined> {
    try {
      return await this.#client.stat(this.#container, path, signal);
    } catch (fault) {
      if (signal.aborted) throw fault;
      // An answer to HEAD has no words.
      const packed = await this.archive(path, named, signal);
      packed.destroy();
      throw archiveFault(fault, named);
    }
  }

  async archive(path: string, named: Named, signal: AbortSignal): Promise<Readable> {
    return this.#client.archive(this.#container, path, signal).catch((fault: unknown) => {
      throw signal.aborted ? fault : archiveFault(fault, named);
    });
  }

  /** @throws ExecError where a daemon would tell of what is beneath */
  refuseHidden(path: string, named: Named): void {
    const place = this.#hidden.find((mount) => path === mount || path.startsWith(`${mount}/`));
    if (place !== undefined) throw hidden(named, place);
  }

  /** @throws ExecError where there is such a place in a directory */
  refuseHiddenIn(directory: string, named: Named): void {
    const place = this.#hidden.find((mount) => mount.startsWith(directory === '/' ? '/' : `${directory}/`));
    if (place !== undefined) throw hidden(named, place);
  }
}
