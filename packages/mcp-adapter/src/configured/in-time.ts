import { createContext, Script } from 'node:vm';

const MAX_MS = 200;

const context: { work?: (() => unknown) | undefined } = {};
createContext(context);
const script = new Script('work()');

/**
 * Does what takes no time, unless a text makes a regular expression backtrack without end: that is stopped, and the rest of the process goes
 * on.
 *
 * @returns undefined where it was stopped
 */
export function inTime<T>(work: () => T): { readonly value: T } | undefined {
  context.work = work;
  try {
    return { value: script.runInContext(context, { timeout: MAX_MS }) };
  } catch (error) {
    // It is no Error of this realm.
    if (Object(error).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    context.work = undefined;
  }
}
