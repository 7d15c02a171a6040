import { ExecError, NotStarted, type ProcessRequest } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { PROTOCOL_VERSION } from './protocol/frame.ts';
import { MAX_REQUEST_BYTES, MAX_STDIN_BYTES, MAX_TIMEOUT_MS } from './protocol/limits.ts';
import type { CommandEvent, HealthEvent } from './protocol/request.ts';

const HEALTH: HealthEvent = { errand: PROTOCOL_VERSION, health: true };

export function healthPayload(): Uint8Array {
  return Buffer.from(JSON.stringify(HEALTH));
}

/**
 * A command as the function's handler is asked for it.
 *
 * @throws NotStarted where it is too long for a request, or its stdin could not be stored
 */
export async function toPayload(
  request: ProcessRequest,
  limits: CommandEvent['limits'],
  storeStdin: ((executionId: string, stdin: Uint8Array) => Promise<string>) | undefined,
): Promise<Uint8Array> {
  const { executionId, command, cwd, env, shell, mergeStderr, idleTimeoutMs, killGraceMs } = request;
  const event: CommandEvent = {
    errand: PROTOCOL_VERSION,
    executionId,
    command,
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? null])),
    shell,
    limits,
    mergeStderr,
    timeoutMs: request.deadlineMs ?? MAX_TIMEOUT_MS,
    killSignal: request.killSignal ?? 'SIGTERM',
    killGraceMs,
    ...(cwd !== undefined && { cwd }),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    ...(await toStdin(request, storeStdin)),
  };
  const payload = Buffer.from(JSON.stringify(event));
  if (payload.length <= MAX_REQUEST_BYTES) return payload;
  const wrong = `with env and stdin it is a request of ${payload.length} bytes`;
  throw new NotStarted(
    invalidOption('command', wrong, `at most ${MAX_REQUEST_BYTES}, which is a quota of Lambda; storeStdin takes stdin out`),
  );
}

async function toStdin(
  { executionId, input }: ProcessRequest,
  storeStdin: ((executionId: string, stdin: Uint8Array) => Promise<string>) | undefined,
): Promise<Pick<CommandEvent, 'stdin' | 'stdinReference'>> {
  if (!input || input.length === 0) return {};
  if (input.length <= MAX_STDIN_BYTES || !storeStdin) return { stdin: Buffer.from(input).toString('base64') };
  try {
    return { stdinReference: await storeStdin(executionId, input) };
  } catch (cause) {
    throw new NotStarted(new ExecError('EXEC_UNAVAILABLE', `storeStdin failed, so nothing was started: ${String(cause)}.`, { cause }));
  }
}
