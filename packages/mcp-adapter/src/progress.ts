import type { ExecutionState } from '@errand/core';
import type { Call } from './call.ts';

const INTERVAL_MS = 500;
const HEARTBEAT_MS = 5_000;
const WORDS: Readonly<Record<ExecutionState, string>> = {
  queued: 'waiting for its turn',
  starting: 'starting',
  running: 'running',
  ended: 'ended',
};

/** How far a command is. */
export interface HowFar {
  readonly state: ExecutionState;
  /** Bytes that it wrote. */
  readonly stdout: number;
  readonly stderr: number;
  /** The line that it wrote last; empty where there is none. */
  readonly newest: string;
}

/**
 * Tells a client how far a command is, and the newest line of its output, until the function that it gives is called: at most every 500 ms,
 * when there was output since, and every 5 s without any. Nothing when the client did not ask for it. `look` is asked at each report.
 */
export function startProgress(call: Call, look: () => HowFar): () => void {
  const { sendProgress } = call;
  if (sendProgress === undefined) return () => {};
  const startedAt = performance.now();
  let toldBytes = 0;
  let toldAt = startedAt;
  const report = (): void => {
    const now = performance.now();
    const { state, stdout, stderr, newest } = look();
    const total = stdout + stderr;
    if (total === toldBytes && now - toldAt < HEARTBEAT_MS) return;
    toldBytes = total;
    toldAt = now;
    const elapsed = Math.round(now - startedAt);
    const since = `${WORDS[state]}; ${Math.round(elapsed / 1_000)} s since the call`;
    const counted = state === 'running' || total > 0 ? `${since}; stdout ${stdout} bytes, stderr ${stderr} bytes` : since;
    const message = newest === '' ? counted : `${counted}: ${newest}`;
    // A client that is gone shows as the request's abort; that this one message was lost matters to nobody.
    sendProgress(elapsed, message).catch(() => {});
  };
  const timer = setInterval(report, INTERVAL_MS).unref();
  return () => clearInterval(timer);
}
