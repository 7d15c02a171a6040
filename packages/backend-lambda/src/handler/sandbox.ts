import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessEntry, readEnvironment, readProcessTable } from '@errand/core/process';
import type { HandlerSettings } from './handler-options.ts';
import type { KnownExecutions } from './known.ts';
import type { SandboxRecord } from './record.ts';
import { removeTree } from './remove-tree.ts';

/** One look may miss what forks at that moment. */
const MOST_LOOKS = 5;

interface Own {
  readonly files: ReadonlySet<string>;
  readonly processes: ReadonlySet<string>;
}

/** What one command may leave to the next: processes and files. Nothing here throws. */
export class Sandbox {
  readonly #settings: Pick<HandlerSettings, 'temporaryDirectory' | 'endsEverything'>;
  readonly #record: SandboxRecord;
  readonly #known: Pick<KnownExecutions, 'ids'>;
  /** A command may have left processes. */
  mayBeLeft: boolean;
  /** Commands under way: one, but for emulators. */
  #active = 0;
  /** What was there before the first command. */
  #own: Own | undefined;

  constructor(
    settings: Pick<HandlerSettings, 'temporaryDirectory' | 'endsEverything'>,
    record: SandboxRecord,
    known: Pick<KnownExecutions, 'ids'>,
  ) {
    this.#settings = settings;
    this.#record = record;
    this.#known = known;
    this.mayBeLeft = record.files !== undefined;
  }

  /** In the environment of every command of this sandbox, and of what they leave. */
  get marker(): string {
    return this.#record.marker;
  }

  get isShared(): boolean {
    return this.#active > 1;
  }

  /** Before a command. */
  async enter(executionId: string): Promise<void> {
    this.#active += 1;
    if (this.#active === 1) await this.#clean();
    this.#record.begin(executionId);
  }

  /** After a command. */
  async leave(): Promise<void> {
    this.#active -= 1;
    if (this.#active === 0) await this.#clean();
  }

  async #clean(): Promise<void> {
    const own = this.#whatIsOwn();
    // All processes are few in a function, and many on another machine.
    if (this.mayBeLeft || this.#settings.endsEverything) this.#endLeftovers(own.processes);
    await this.#emptyDirectory();
    this.#record.write(own.files, this.#known.ids);
  }

  /** What was there before the first command; of processes those that a crashed one left are not. */
  #whatIsOwn(): Own {
    const isOwn = ({ pid }: ProcessEntry): boolean => !this.#record.files || !readEnvironment(pid).includes(this.marker);
    this.#own ??= {
      files: this.#record.files ?? new Set(this.#files()),
      processes: new Set(table().filter(isOwn).map(keyOf)),
    };
    return this.#own;
  }

  #endLeftovers(own: ReadonlySet<string>): void {
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const left = this.#leftovers(own);
      this.mayBeLeft = left.length > 0;
      if (!this.mayBeLeft) return;
      for (const { pid } of left) kill(pid);
    }
  }

  #leftovers(own: ReadonlySet<string>): ProcessEntry[] {
    const all = table();
    const strangers = all.filter((entry) => !own.has(keyOf(entry)) && entry.pid !== process.pid);
    if (!this.#settings.endsEverything) return strangers.filter(({ pid }) => readEnvironment(pid).includes(this.marker));
    // A process of an extension is the extension's.
    const byPid = new Map(all.map((entry) => [entry.pid, entry]));
    const isOurs = (entry: ProcessEntry): boolean => {
      const parent = byPid.get(entry.parent);
      if (!parent || parent.pid === 1 || parent.pid === process.pid) return true;
      return !own.has(keyOf(parent)) && isOurs(parent);
    };
    return strangers.filter(isOurs);
  }

  async #emptyDirectory(): Promise<void> {
    const { temporaryDirectory: directory } = this.#settings;
    if (directory === false) return;
    const { files } = this.#whatIsOwn();
    const left = this.#files().filter((name) => !files.has(name));
    await Promise.all(left.map((name) => removeTree(join(directory, name))));
  }

  #files(): string[] {
    try {
      return this.#settings.temporaryDirectory === false ? [] : readdirSync(this.#settings.temporaryDirectory);
    } catch {
      return [];
    }
  }
}

function table(): ProcessEntry[] {
  try {
    return readProcessTable();
  } catch {
    return [];
  }
}

/** A pid with its start time is never used again. */
function keyOf({ pid, startTime }: ProcessEntry): string {
  return `${pid}:${startTime}`;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone, or another user's.
  }
}
