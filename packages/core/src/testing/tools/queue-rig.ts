import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localExecutor } from '../../local/local-executor.ts';
import type { ExecutorOptions } from '../../options.ts';
import type { QueueOptions } from '../../queue/queue-options.ts';
import { queued } from '../../queue/queued.ts';
import type { QueuedExecutor } from '../../queue/queued-executor.ts';

/** Queued executors, and commands that say on their target that they began and go on when a test lets them. */
export class QueueRig {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'errand-queue-'));
  readonly #executors: QueuedExecutor[] = [];

  open(options: QueueOptions, inner: ExecutorOptions = {}): QueuedExecutor {
    const executor = queued(localExecutor(inner), options);
    this.#executors.push(executor);
    return executor;
  }

  /** Shell source of a command that runs until `go(name)`. */
  until(name: string): string {
    const file = join(this.directory, name);
    return `: >${file}.begun; until [ -e ${file}.go ]; do sleep 0.01; done`;
  }

  go(name: string): void {
    writeFileSync(join(this.directory, `${name}.go`), '');
  }

  /** Those that began, as their target knows it. */
  begun(): string[] {
    const files = readdirSync(this.directory).filter((file) => file.endsWith('.begun'));
    return files.map((file) => file.replace('.begun', '')).sort();
  }

  async close(): Promise<void> {
    await Promise.all(this.#executors.map((executor) => executor.close()));
    rmSync(this.directory, { recursive: true });
  }
}
