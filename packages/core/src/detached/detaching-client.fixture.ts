import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import type { SpawnOptions } from '../options.ts';

/** An executor whose commands are all detached, with a state directory of its own. */
export function detachingExecutor({ state }: { readonly state: string }): Executor {
  const inner = localExecutor({ environment: { PATH: process.env['PATH'] ?? '', XDG_STATE_HOME: state } });
  const spawn: Executor['spawn'] = (command, options: SpawnOptions = {}) =>
    inner.spawn(command, { ...options, detached: true, keepMs: 2_000 });
  return new Proxy(inner, { get: (target, name) => (name === 'spawn' ? spawn : Reflect.get(target, name)) });
}
