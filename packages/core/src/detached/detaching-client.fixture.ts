import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import type { SpawnOptions } from '../options.ts';

/** How a client of these tests detaches its commands. */
export interface DetachingOptions {
  /** The state directory. */
  readonly state: string;
  readonly idempotencyKey?: string;
}

/** An executor whose commands are all detached, with a state directory of its own. It prints a line before it submits one. */
export function detachingExecutor({ state, ...keyed }: DetachingOptions): Executor {
  const inner = localExecutor({
    idempotencyTtlMs: 2_000,
    environment: { PATH: process.env['PATH'] ?? '', XDG_STATE_HOME: state },
  });
  const spawn: Executor['spawn'] = (command, options: SpawnOptions = {}) => {
    process.stdout.write('submitting\n');
    return inner.spawn(command, { ...options, ...keyed, detached: true, keepMs: 2_000 });
  };
  return new Proxy(inner, { get: (target, name) => (name === 'spawn' ? spawn : Reflect.get(target, name)) });
}
