import { ExecError } from '@errand/core';

/** Where a session is, as its caller knows it. */
export interface SessionPlace {
  readonly name: string;
  readonly target: string;
}

/** Told once, before a command would run in a session of that name without the state that it counts on. */
export function sessionLost({ name, target }: SessionPlace, why: string, cause?: unknown): ExecError {
  const message = `session: '${name}' on ${target} was closed: ${why}. Its directory, variables and background jobs are gone. Nothing was started: the same call sent again begins a new session.`;
  return new ExecError('EXEC_SESSION_CLOSED', message, { cause, detail: { option: 'session', name } });
}

/** `by` says what is in the way. */
export function sessionBusy({ name, target }: SessionPlace, by: string): ExecError {
  const message = `session: '${name}' on ${target} is busy: ${by}. Nothing was started: send the same call again later, end what is in the way, or use another session.`;
  return new ExecError('EXEC_QUEUE_TIMEOUT', message, { detail: { option: 'session', name } });
}

/** Nobody can tell from it whether it never was, or is another's. */
export function noSession({ name, target }: SessionPlace): ExecError {
  const message = `session: there is no '${name}' on ${target}. Allowed: the name of one of yours.`;
  return new ExecError('EXEC_NOT_FOUND', message, { detail: { option: 'session', name } });
}

export function tooManySessions(names: readonly string[], limit: number): ExecError {
  const message = `session: ${names.length} of yours are open already, and ${limit} may be: ${names.join(', ')}. Nothing was started: close one of them.`;
  return new ExecError('EXEC_QUOTA', message, { detail: { option: 'session', limit: 'maxShellSessions', value: limit } });
}
