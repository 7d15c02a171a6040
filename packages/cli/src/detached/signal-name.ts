import { constants } from 'node:os';
import type { Signal } from '@errand/core';
import { UsageError } from '../usage-error.ts';

/** `TERM` or `SIGTERM`. */
export function parseSignal(option: string, text: string): Signal {
  const name = text.startsWith('SIG') ? text : `SIG${text}`;
  if (isSignal(name)) return name;
  throw new UsageError(`${option}: '${text}' is no signal. Allowed: a name such as TERM, SIGHUP or USR1.`);
}

function isSignal(name: string): name is Signal {
  return Object.hasOwn(constants.signals, name);
}
