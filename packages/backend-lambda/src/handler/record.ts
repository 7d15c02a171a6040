import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What must be known when the function is loaded again in the same sandbox, as Lambda does after a crash: there `/tmp` is as the crashed
 * command left it. "Lambda does not clear the /tmp directory content prior to the next init phase"
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
 *
 * It lies in the directory that is emptied, so commands can change it, as they can the function itself: what cannot be read is as if there were none.
 */
export class SandboxRecord {
  /** In the environment of every command of this sandbox, and of what they leave. */
  readonly marker: string = randomBytes(16).toString('hex');
  /** Files that were there before the first command; undefined where there was none yet. */
  readonly files: ReadonlySet<string> | undefined;
  /** The latest executions that were begun before a crash. */
  readonly begun: readonly string[] = [];
  readonly #file: string | undefined;

  /** `directory` false: nothing outlives a crash. */
  constructor(directory: string | false) {
    this.#file = directory === false ? undefined : join(directory, '.errand-sandbox');
    const kept = this.#read();
    if (!kept) return;
    this.marker = kept.marker;
    this.files = new Set(kept.files);
    this.begun = kept.begun;
  }

  /** While no command runs. */
  write(files: ReadonlySet<string>, begun: Iterable<string>): void {
    const lines = [JSON.stringify({ marker: this.marker, files: [...files] }), ...begun, ''];
    this.#try((file) => writeFileSync(file, lines.join('\n'), { mode: 0o600 }));
  }

  /** Before it starts. */
  begin(executionId: string): void {
    this.#try((file) => appendFileSync(file, `${executionId}\n`, { mode: 0o600 }));
  }

  #read(): { readonly marker: string; readonly files: readonly string[]; readonly begun: readonly string[] } | undefined {
    try {
      const [head = '', ...begun] = readFileSync(this.#file ?? '', 'utf8').split('\n');
      const { marker, files } = JSON.parse(head);
      const isWhole = typeof marker === 'string' && Array.isArray(files) && files.every((name) => typeof name === 'string');
      return isWhole ? { marker, files, begun: begun.filter((id) => id !== '') } : undefined;
    } catch {
      return undefined;
    }
  }

  /** A directory that is full or read-only is no reason to run nothing. */
  #try(write: (file: string) => void): void {
    try {
      if (this.#file !== undefined) write(this.#file);
    } catch {
      // After a crash less is known.
    }
  }
}
