/** Every code that an `ExecError` can have. */
export type ExecErrorCode =
  | 'EXEC_INVALID_OPTION'
  | 'EXEC_NOT_SUPPORTED'
  | 'EXEC_NOT_FOUND'
  | 'EXEC_PERMISSION'
  | 'EXEC_CONNECT'
  | 'EXEC_AUTH'
  | 'EXEC_HOST_KEY'
  | 'EXEC_QUOTA'
  | 'EXEC_QUEUE_FULL'
  | 'EXEC_QUEUE_TIMEOUT'
  | 'EXEC_START_TIMEOUT'
  | 'EXEC_UNAVAILABLE'
  | 'EXEC_SESSION_CLOSED'
  | 'EXEC_CONFLICT'
  | 'EXEC_CLOSED'
  | 'EXEC_OUTPUT_OMITTED'
  | 'EXEC_FAILED';

/** Facts about the fault, for programs; which are present depends on the code. */
export interface ExecErrorDetail {
  /** `EXEC_INVALID_OPTION`, `EXEC_NOT_SUPPORTED`: which option. */
  readonly option?: string;
  /** `EXEC_NOT_FOUND`, `EXEC_PERMISSION`: what was missing or refused. */
  readonly what?: 'program' | 'cwd' | 'user' | 'shell' | 'file' | 'image' | 'function' | 'execution' | 'target' | 'limits';
  /** The name of what was missing or refused. Never the value of a variable or of stdin. */
  readonly name?: string;
  /** `EXEC_QUOTA`: which limit was reached, as its option is called. */
  readonly limit?: string;
  /** `EXEC_QUOTA`: the value of that limit, in the unit of its option. */
  readonly value?: number;
  /** `EXEC_QUOTA`, `EXEC_UNAVAILABLE`: when to try again, in milliseconds. Not there where nobody knows, or waiting does not help. */
  readonly retryAfterMs?: number;
  /** `EXEC_FAILED` (from `check: true`): how the command ended. */
  readonly result?: import('./result.ts').ExecResult;
}

/** How `new ExecError` is told more than code and message. */
export interface ExecErrorOptions {
  readonly cause?: unknown;
  readonly detail?: ExecErrorDetail;
}

// Symbol.for is shared by every copy of this package in one process, so `isExecError` works across them.
const BRAND: unique symbol = Symbol.for('@errand/core/ExecError');

/**
 * Every fault that Errand reports. From `exec` it means that the command certainly did not start, with one exception
 * that is asked for: `EXEC_FAILED` under `check: true`.
 */
export class ExecError extends Error {
  readonly code: ExecErrorCode;
  readonly detail: ExecErrorDetail;

  constructor(code: ExecErrorCode, message: string, options: ExecErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ExecError';
    this.code = code;
    this.detail = options.detail ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether `error` is an `ExecError`, of this copy of the package or of another. */
export function isExecError(error: unknown): error is ExecError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

/** An `EXEC_INVALID_OPTION`: `isn't` says what is wrong, `allowed` what would be right. */
export function invalidOption(option: string, wrong: string, allowed: string): ExecError {
  return new ExecError('EXEC_INVALID_OPTION', `${option}: ${wrong}. Allowed: ${allowed}.`, { detail: { option } });
}

/** An `EXEC_NOT_SUPPORTED`: what was asked for, and what to do instead. */
export function notSupported(option: string, hint: string): ExecError {
  return new ExecError('EXEC_NOT_SUPPORTED', `${option} is not supported here: ${hint}.`, { detail: { option } });
}
