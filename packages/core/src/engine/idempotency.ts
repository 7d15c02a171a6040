import { createHash, type Hash } from 'node:crypto';
import type { Command } from '../command.ts';
import { ExecError } from '../errors.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { SharedRun } from './shared-run.ts';

interface Entry {
  readonly fingerprint: string;
  readonly shared: SharedRun;
  readonly expiry: NodeJS.Timeout;
}

/** Which execution each idempotency key stands for, while it is remembered. */
export class IdempotencyKeys {
  readonly #ttlMs: number;
  readonly #entries = new Map<string, Entry>();

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
    throw new ExecError(
      'EXEC_CONFLICT',
      'idempotencyKey: something else was submitted under this key (command, cwd, env, user, shell, stdin or tenant differ). Use a new key.',
      { detail: { option: 'idempotencyKey' } },
    );
  }

  remember(key: string, fingerprint: string, shared: SharedRun): void {
    const expiry = setTimeout(() => this.#entries.delete(key), this.#ttlMs).unref();
    this.#entries.set(key, { fingerprint, shared, expiry });
    // What certainly did not start may be submitted again.
    shared.run.result.catch(() => this.#forget(key, shared));
  }

  clear(): void {
    for (const { expiry } of this.#entries.values()) clearTimeout(expiry);
    this.#entries.clear();
  }

  #forget(key: string, shared: SharedRun): void {
    const entry = this.#entries.get(key);
    if (entry?.shared !== shared) return;
    clearTimeout(entry.expiry);
    this.#entries.delete(key);
  }
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
  if (typeof stdin === 'string' || stdin instanceof Uint8Array) hash.update('\0').update(stdin);
}
