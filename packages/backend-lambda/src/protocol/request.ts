import { type Command, checkCommand, ExecError, type Limits, type Signal } from '@errand/core/process';
import { PROTOCOL_VERSION } from './frame.ts';

/** What a function is invoked with: one command, checked and complete. Durations in milliseconds. */
export interface CommandEvent {
  readonly errand: typeof PROTOCOL_VERSION;
  readonly executionId: string;
  readonly command: Command;
  readonly cwd?: string;
  /** `null` removes a variable. */
  readonly env: Readonly<Record<string, string | null>>;
  readonly shell: string;
  readonly limits: Limits;
  readonly mergeStderr: boolean;
  /** Base64. */
  readonly stdin?: string;
  /** Where the caller put what did not fit; for the handler's `loadStdin`. */
  readonly stdinReference?: string;
  readonly timeoutMs: number;
  readonly idleTimeoutMs?: number;
  readonly killSignal: Signal;
  readonly killGraceMs: number;
}

/** Runs nothing; for targets that take a dry run for an invocation. */
export interface HealthEvent {
  readonly errand: typeof PROTOCOL_VERSION;
  readonly health: true;
}

/** @throws ExecError where this is no request, or one of another version */
export function readEvent(event: unknown): CommandEvent | HealthEvent {
  const fields = Object(event) as Readonly<Record<string, unknown>>;
  const { errand, executionId, command, env, limits, shell, timeoutMs, killGraceMs } = fields;
  if (errand === undefined) throw malformed('this is no request of lambdaExecutor()');
  if (errand !== PROTOCOL_VERSION) {
    const message = `The function speaks version ${PROTOCOL_VERSION} of the protocol, and was asked in version ${String(errand)}. Deploy the handler of the package that calls it.`;
    throw new ExecError('EXEC_NOT_SUPPORTED', message, { detail: { what: 'function' } });
  }
  if (fields['health'] === true) return { errand: PROTOCOL_VERSION, health: true };
  checkCommand(command);
  const areTexts = typeof executionId === 'string' && typeof shell === 'string';
  const isWhole = areTexts && isRecord(env) && isRecord(limits) && isNumber(timeoutMs) && isNumber(killGraceMs);
  if (!isWhole) throw malformed('a part of it is missing');
  return fields as unknown as CommandEvent;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

function malformed(why: string): ExecError {
  return new ExecError('EXEC_INVALID_OPTION', `The function was not asked as it should be: ${why}.`, { detail: { what: 'function' } });
}
