import { orAborted } from '@errand/core/waiting';

/** What a daemon answered in place of what it was asked for. */
export class DaemonRefusal extends Error {
  /** As HTTP has it: 404 for what is not there, 409 for what cannot be now. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'DaemonRefusal';
    this.status = status;
  }
}

/** The client's faults, in our words where the daemon gave an answer; the reason of `signal` where that aborted. */
export async function told<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await orAborted(asked, signal);
  } catch (fault) {
    signal.throwIfAborted();
    const { statusCode, json, message } = fault as { statusCode?: unknown; json?: { message?: unknown }; message?: unknown };
    if (typeof statusCode !== 'number') throw fault;
    const text = String(json?.message ?? message)
      .replace(/^\(HTTP code \d+\) .*? - /, '')
      .trim();
    throw new DaemonRefusal(statusCode, text || `it answered with status ${statusCode}`);
  }
}

/** What was asked for; undefined where the daemon has it not. */
export async function orAbsent<T>(asked: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return told(asked, signal).catch((fault) => {
    if (fault instanceof DaemonRefusal && fault.status === 404) return undefined;
    throw fault;
  });
}
