import { constants } from 'node:os';
import type { ProcessExit, Signal } from '@errand/core';
import type { LogEnd } from '@errand/core/frames';

/** How a command ended that its log tells the end of. */
export function exitByLog({ how, code, isSignaled, oomKills, hasLeft, cpuMs }: LogEnd): ProcessExit {
  const signal = isSignaled ? signalOf(code - 128) : undefined;
  return {
    ...(signal === undefined ? { exitCode: code } : { signal }),
    ...(how === 'timed-out' && { timedOut: true }),
    ...(oomKills > 0 && (signal === 'SIGKILL' || code === 137) && { outOfMemory: true }),
    ...(hasLeft && { mayHaveLeft: true }),
    ...(cpuMs !== undefined && { usage: { cpuMs } }),
  };
}

function signalOf(number: number): Signal {
  for (const [name, value] of Object.entries(constants.signals)) if (value === number) return name as Signal;
  return 'SIGKILL';
}
