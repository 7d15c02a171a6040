import type { ExecutionState, OutputChunk } from '@errand/core';
import type { Call } from './call.ts';

const INTERVAL_MS = 500;
const HEARTBEAT_MS = 5_000;
const WORDS: Readonly<Record<ExecutionState, string>> = {
  queued: 'waiting for its turn',
  starting: 'starting',
  running: 'running',
  ended: 'ended',
};

/** Tells a client how far a command is, until `stop()`. */
export interface Progress {
  /** Counts output; to be called with each piece. */
  readonly onOutput: (chunk: OutputChunk) => void;
  stop(): void;
}

/**
 * Reports a running command at most every 500 ms, when there was output since, and every 5 s without any. `undefined`
 * when the client did not ask for it. `stateOf` is asked at each report: a command may wait for its turn for long.
 */
export function startProgress(call: Call, stateOf: () => ExecutionState = () => 'running'): Progress | undefined {
  const { sendProgress } = call;
  if (sendProgress === undefined) return undefined;
  const bytes = { stdout: 0, stderr: 0 };
  const startedAt = performance.now();
  let toldBytes = 0;
  let toldAt = startedAt;
  const report = (): void => {
    const now = performance.now();
    const total = bytes.stdout + bytes.stderr;
    if (total === toldBytes && now - toldAt < HEARTBEAT_MS) return;
    toldBytes = total;
    toldAt = now;
    const elapsed = Math.round(now - startedAt);
    const since = `${WORDS[stateOf()]}; ${Math.round(elapsed / 1_000)} s since the call`;
    const message = stateOf() === 'running' || total > 0 ? `${since}; stdout ${bytes.stdout} bytes, stderr ${bytes.stderr} bytes` : since;
    // A client that is gone shows as the request's abort; that this one message was lost matters to nobody.
    sendProgress(elapsed, message).catch(() => {});
  };
  const timer = setInterval(report, INTERVAL_MS).unref();
  return {
    onOutput: (chunk) => {
      bytes[chunk.stream] += chunk.data.length;
    },
    stop: () => clearInterval(timer),
  };
}
