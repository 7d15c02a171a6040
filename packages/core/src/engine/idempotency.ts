import { createHash, type Hash } from 'node:crypto';
import type { Command } from '../command.ts';
import { ExecError } from '../errors.ts';
import { FinishedRun } from './finished-run.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { SharedRun } from './shared-run.ts';

/** How much output of executions that are over is kept for those who submit them again. */
const MAX_KEPT_BYTES = 67_108_864;

interface Entry {
  readonly fingerprint: string;
  shared: SharedRun;
  expiry?: NodeJS.Timeout;
}

/**
 * Which execution each idempotency key stands for, while it is remembered. Of those that are over, the outputs of the
 * oldest are let go of beyond 64 MiB in all: who submits one again then sees how it ended, and its output as omitted.
 */
export class IdempotencyKeys {
  readonly #ttlMs: number;
  readonly #entries = new Map<string, Entry>();
  /** Those whose output is kept, in the order in which they ended. */
  readonly #finished = new Map<Entry, FinishedRun>();
  #keptBytes = 0;

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /**
   * The execution that was submitted under this key.
   *
   * @throws ExecError `EXEC_CONFLICT` when that was something else.
   */
  find(key: string, fingerprint: string): SharedRun | undefined {
    const entry = this.#entries.get(key);
    if (!entry || entry.fingerprint === fingerprint) return entry?.shared;
    throw conflict();
  }

  remember(key: string, fingerprint: string, shared: SharedRun): void {
    const entry: Entry = { fingerprint, shared };
    this.#entries.set(key, entry);
    this.#expireLater(key, entry);
    shared.run.result.then(
      (result) => this.#entries.get(key) === entry && this.#finish(entry, new FinishedRun(shared.run, result)),
      // What certainly did not start may be submitted again.
      () => this.#forget(key, entry),
    );
  }

  clear(): void {
    for (const [key, entry] of this.#entries) this.#forget(key, entry);
  }

  /** Apart from `remember`, since closures of one function share what any of them holds on to, and this one lives long. */
  #expireLater(key: string, entry: Entry): void {
    entry.expiry = setTimeout(() => this.#forget(key, entry), this.#ttlMs).unref();
  }

  #finish(entry: Entry, run: FinishedRun): void {
    entry.shared = { run, handles: 0 };
    this.#finished.set(entry, run);
    this.#keptBytes += run.keptBytes;
    for (const [oldest, finished] of this.#finished) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) return;
      this.#keptBytes -= finished.keptBytes;
      finished.forgetOutput();
      this.#finished.delete(oldest);
    }
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    clearTimeout(entry.expiry);
    this.#entries.delete(key);
    this.#keptBytes -= this.#finished.get(entry)?.keptBytes ?? 0;
    this.#finished.delete(entry);
  }
}

/** Something else was submitted under a key. */
export function conflict(): ExecError {
  const differs = 'command, cwd, env, user, shell, stdin or tenant differ';
  return new ExecError('EXEC_CONFLICT', `idempotencyKey: something else was submitted under this key (${differs}). Use a new key.`, {
    detail: { option: 'idempotencyKey' },
  });
}

/** What makes two submissions the same. A hash, so that no secret is kept. */
export function fingerprint(command: Command, { cwd, env, user, shell, stdin, tenant }: ResolvedOptions): string {
  const hash = createHash('sha256');
  const variables = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
  hash.update(JSON.stringify([command, cwd, variables.map(([name, value]) => [name, value ?? null]), user, shell, tenant]));
  updateWithStdin(hash, stdin);
  return hash.digest('hex');
}

function updateWithStdin(hash: Hash, stdin: ResolvedOptions['stdin']): void {
  // No stdin and an empty one are the same: end-of-file at once.
  if ((typeof stdin === 'string' || stdin instanceof Uint8Array) && stdin.length > 0) hash.update('\0').update(stdin);
}
