import type { Duplex } from 'node:stream';
import { invalidOption } from '@errand/core/checks';
import { orAborted } from '@errand/core/waiting';

type Connect = (signal: AbortSignal) => Promise<Duplex>;

/** What the caller's `connect` gives. Where that does not heed its signal it is not waited for, and what it still opens is closed. */
export async function callerStream(connect: Connect, signal: AbortSignal): Promise<Duplex> {
  const opening = Promise.resolve(connect(signal));
  try {
    const stream = await orAborted(opening, signal);
    if (isStream(stream)) return stream;
  } catch (fault) {
    opening.then(
      (late) => late.destroy(),
      () => {},
    );
    throw fault;
  }
  throw invalidOption('connect', 'gave no stream', 'a function that resolves to a Duplex of node:stream');
}

/** Those of other packages are of other classes. */
function isStream(value: unknown): boolean {
  return ['on', 'write', 'end', 'destroy'].every((name) => typeof Reflect.get(Object(value), name) === 'function');
}
