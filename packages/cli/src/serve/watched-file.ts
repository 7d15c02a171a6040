import { type FSWatcher, readFileSync, realpathSync, statSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../message-of.ts';

/** Editors and tools make several changes of one. */
const QUIET_MS = 200;

export interface WatchedFileParts {
  readonly file: string;
  readonly onChange: () => void;
  /** Is told why it is not watched. */
  readonly onFault: (message: string) => void;
}

/** Whether it can change at all: what a pipe brought comes once. */
export function canChange(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * Tells when what is in a file has changed. Its directory is watched, since editors put another file into its place, and that of the file
 * that it is a link to. It keeps no process alive.
 */
export class WatchedFile {
  readonly #parts: WatchedFileParts;
  readonly #watchers: FSWatcher[] = [];
  #text: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: WatchedFileParts) {
    this.#parts = parts;
    this.#text = textOf(parts.file);
    const file = resolve(parts.file);
    const directories = new Set([dirname(file), dirname(realpathSync(file))]);
    for (const directory of directories) this.#watch(directory);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  #watch(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#look());
      watcher.on('error', (error) => this.#parts.onFault(messageOf(error)));
      this.#watchers.push(watcher);
    } catch (error) {
      this.#parts.onFault(messageOf(error));
    }
  }

  #look(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const text = textOf(this.#parts.file);
      if (text === this.#text) return;
      this.#text = text;
      this.#parts.onChange();
    }, QUIET_MS).unref();
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
