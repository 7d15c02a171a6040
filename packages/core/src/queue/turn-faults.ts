import { ExecError } from '../errors.ts';

export function closed(how: string): ExecError {
  return new ExecError('EXEC_CLOSED', `The queue is ${how}, and takes nothing new. Make a new one.`);
}

export function full(why: string): ExecError {
  return new ExecError('EXEC_QUEUE_FULL', `The queue is full: ${why}. Nothing was started; try again later.`);
}

export function timedOut(ms: number): ExecError {
  const message = `No turn came within queueTimeoutMs (${ms} ms), and nothing was started. Try again later, or give it more time.`;
  return new ExecError('EXEC_QUEUE_TIMEOUT', message);
}
