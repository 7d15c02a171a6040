import type { DriverProcess } from '../driver.ts';
import type { Supervisor } from './supervisor.ts';

/** What keeps a process in a supervisor's care. */
export interface Guard {
  readonly supervisor: Supervisor;
  /** The execution's marker, under which the process is registered. */
  readonly key: string;
  /** Whether the process may have left others that are to stay; asked once its group is empty. Default: no. */
  readonly mayHaveLeft?: () => boolean;
}

/**
 * A process whose supervisor learns when its tree is being ended, and forgets it once nothing is left of what is to be ended:
 * after the main process exited that is its group, or its tree where that was signalled.
 */
export function guarded<Process extends Pick<DriverProcess, 'exit' | 'kill'>>(
  process: Process,
  { supervisor, key, mayHaveLeft = () => false }: Guard,
): Process {
  let exited = false;
  let ending = false;
  let over = false;
  return {
    ...process,
    exit: process.exit.finally(() => {
      exited = true;
      // Nobody signals a tree again that was found empty, be it before the exit was told.
      if (over) supervisor.release(key);
    }),
    kill: async (signal, scope) => {
      if (scope === 'tree' && signal !== 'SIG0' && !ending) {
        ending = true;
        supervisor.ending(key);
      }
      const found = (await process.kill?.(signal, scope)) ?? false;
      if (scope === 'tree' && !exited) over = !found;
      else if (!found && exited && (scope === 'tree' || !ending)) supervisor.release(key, { left: !ending && mayHaveLeft() });
      return found;
    },
  };
}
