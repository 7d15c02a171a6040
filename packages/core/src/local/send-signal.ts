import type { KillScope } from '../driver.ts';
import type { Signal } from '../result.ts';
import { findGroup, findTree, hasProcessTable } from './process-table.ts';

const seesProcesses = hasProcessTable();

/**
 * Signals a command's group or tree; resolves to whether anything living was there.
 *
 * A group keeps its number from being used again, and the engine stops signalling once nothing was there, so a stranger is
 * never hit.
 */
export function sendSignal(leader: number, marker: string, signal: Signal | 'SIG0', scope: KillScope): boolean {
  const inGroup = deliver(-leader, signal);
  if (scope === 'group' || !seesProcesses) {
    // A group of nothing but zombies takes signals as well.
    return inGroup && (!seesProcesses || signal !== 'SIG0' || findGroup(leader).length > 0);
  }
  const tree = findTree(leader, marker);
  const group = new Set(inGroup ? findGroup(leader) : []);
  for (const pid of tree) if (!group.has(pid)) deliver(pid, signal);
  return tree.length > 0;
}

function deliver(pid: number, signal: Signal | 'SIG0'): boolean {
  try {
    return process.kill(pid, signal === 'SIG0' ? 0 : signal);
  } catch (error) {
    // Another user's process is there, though it cannot be signalled.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
