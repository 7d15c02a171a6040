import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type DriverProcess, NotStarted, type ProcessRequest } from '../driver.ts';
import { ExecError } from '../errors.ts';
import { nameIn, type RunSpec } from './run-spec.ts';
import type { StartAbort } from './start-abort.ts';

/**
 * Starts the process within `startTimeoutMs`. `abort` may be aborted by the caller, and is by the timeout; a driver that
 * then neither starts nor refuses in `killGraceMs` is not waited for, and what it still starts is given to `onLate`.
 */
export async function startProcess(
  spec: RunSpec,
  { abort, input, onLate }: { abort: StartAbort; input: Uint8Array | undefined; onLate: (process: DriverProcess) => void },
): Promise<DriverProcess> {
  const { startTimeoutMs } = spec.options;
  if (abort.aborted) throw new NotStarted(new ExecError('EXEC_CLOSED', 'The command was given up before it was sent.'));
  const timer = setTimeout(() => {
    const { waitsFor } = spec.driver;
    const message = `The command did not start within startTimeoutMs of ${startTimeoutMs}; nothing ran`;
    abort.abort(new ExecError('EXEC_START_TIMEOUT', waitsFor === undefined ? `${message}.` : `${message}, since ${waitsFor}.`));
  }, startTimeoutMs);
  try {
    return await orAbandoned(spec, spec.driver.start(toRequest(spec, input), abort.signal), { signal: abort.signal, onLate });
  } finally {
    clearTimeout(timer);
  }
}

function orAbandoned(
  { options }: RunSpec,
  started: Promise<DriverProcess>,
  { signal, onLate }: { readonly signal: AbortSignal; readonly onLate: (process: DriverProcess) => void },
): Promise<DriverProcess> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const abandon = async (): Promise<void> => {
      await delay(options.killGraceMs, undefined, { ref: false });
      if (answered) return;
      reject(new Error('the target did not answer when the start was given up'));
      started.then(onLate, () => {});
    };
    const answer = (): void => {
      answered = true;
      signal.removeEventListener('abort', abandon);
    };
    started.then(answer, answer);
    started.then(resolve, reject);
    signal.addEventListener('abort', abandon, { once: true });
  });
}

function toRequest({ id, executorMarker, command, options, print }: RunSpec, input: Uint8Array | undefined): ProcessRequest {
  return {
    executionId: id,
    marker: `${executorMarker}.${nameIn(id)}`,
    nonce: randomBytes(16).toString('hex'),
    command,
    env: options.env,
    shell: options.shell,
    limits: options.limits,
    mergeStderr: options.mergeStderr,
    stdin: options.stdin !== undefined && options.stdin !== '',
    killGraceMs: options.killGraceMs,
    killSignal: options.killSignal,
    ...(input && { input }),
    ...(print !== undefined && { print }),
    ...(options.idleTimeoutMs !== undefined && { idleTimeoutMs: options.idleTimeoutMs }),
    ...(options.tenant !== undefined && { tenant: options.tenant }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.user !== undefined && { user: options.user }),
    ...(options.timeoutMs !== undefined && { deadlineMs: options.timeoutMs }),
  };
}
