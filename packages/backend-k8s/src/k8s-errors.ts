import { ExecError, isExecError } from '@errand/core';
import { ClusterRefusal } from './api/cluster-refusal.ts';

/** What a caller is told where a cluster could not be asked, or refused: nothing was started. */
export function clusterFault(cause: unknown): ExecError {
  if (isExecError(cause)) return cause;
  if (cause instanceof ClusterRefusal) return refused(cause);
  if (cause instanceof Error && cause.name === 'TimeoutError')
    return new ExecError('EXEC_CONNECT', 'The cluster takes questions and answers none, so nothing was started.', { cause });
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ExecError('EXEC_CONNECT', `No connection to the cluster, so nothing was started: ${printable(why)}.${hintFor(cause)}`, {
    cause,
  });
}

function refused(cause: ClusterRefusal): ExecError {
  const { code, reason, retryAfterMs } = cause;
  const said = printable(cause.message);
  if (code === 401)
    return new ExecError(
      'EXEC_AUTH',
      `The cluster does not know who asks, so nothing was started: ${said}. Are the credentials of the kubeconfig still good?`,
      { cause },
    );
  if (code === 403) return forbidden(cause, said);
  if (code === 404)
    return new ExecError('EXEC_NOT_FOUND', `The cluster has not what is needed, so nothing was started: ${said}.`, {
      cause,
      detail: { what: 'target' },
    });
  if (reason === 'Invalid' || code === 400)
    return new ExecError(
      'EXEC_INVALID_OPTION',
      `template: the cluster does not take what the options made, so nothing was started: ${said}.`,
      { cause },
    );
  const detail = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new ExecError('EXEC_UNAVAILABLE', `The cluster refused, so nothing was started: ${said}.`, { cause, detail });
}

/** Quotas, admission and permissions all answer so. */
function forbidden(cause: ClusterRefusal, said: string): ExecError {
  if (/exceeded quota|must specify limits|forbidden: maximum .* usage per|minimum .* usage per/.test(said)) return overQuota(said, cause);
  const detail = { what: 'target' } as const;
  return new ExecError('EXEC_PERMISSION', `The cluster does not allow it, so nothing was started: ${said}.`, { cause, detail });
}

/** What a quota of the namespace holds back, or a LimitRange. */
export function overQuota(said: string, cause?: unknown): ExecError {
  return new ExecError('EXEC_QUOTA', `The namespace has no room for it, so nothing was started: ${printable(said)}.`, { cause });
}

/** A pod that the caller named. */
export function noPod(name: string, cause?: unknown): ExecError {
  return new ExecError('EXEC_NOT_FOUND', `pod: the namespace has no pod '${name}'.`, {
    cause,
    detail: { option: 'pod', what: 'target', name },
  });
}

export function noContainer(name: string, pod: string, names: readonly string[]): ExecError {
  const message = `container: the pod '${pod}' has no container '${name}'. It has: ${names.join(', ')}.`;
  return new ExecError('EXEC_NOT_FOUND', message, { detail: { option: 'container', what: 'target', name } });
}

export function notRunning(name: string, state: string): ExecError {
  return new ExecError('EXEC_UNAVAILABLE', `pod: '${name}' does not run (${printable(state)}), so nothing was started.`);
}

export function noImage(name: string, why: string): ExecError {
  const message = `image: a node cannot have '${name}', so nothing was started: ${printable(why)}.`;
  return new ExecError('EXEC_NOT_FOUND', message, { detail: { option: 'image', what: 'image', name } });
}

export function noShell(what: string): ExecError {
  const message = `Commands need a POSIX shell, and ${what} has no /bin/sh. Use one that has.`;
  return new ExecError('EXEC_NOT_SUPPORTED', message, { detail: { option: 'image' } });
}

/** A pod that will not run, whatever is waited for. */
export function cannotStart(why: string): ExecError {
  return new ExecError('EXEC_UNAVAILABLE', `The pod cannot start, so nothing was: ${printable(why)}.`);
}

/** What a cluster says must not steer a terminal, and ends where we end it. */
export function printable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
}

function hintFor(cause: unknown): string {
  const code = Reflect.get(Object(cause), 'code');
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') return ' kubeconfig and context say where it is.';
  return typeof code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO/.test(code)
    ? ' Is its certificate by the authority that the kubeconfig names?'
    : '';
}
