import { ExecError, isExecError } from '@errand/core';
import { DaemonRefusal } from './daemon-refusal.ts';

/** What a caller is told where a daemon could not be asked, or refused: nothing was started. */
export function daemonFault(cause: unknown): ExecError {
  if (isExecError(cause)) return cause;
  if (cause instanceof DaemonRefusal) {
    const why = `The Docker daemon refused, so nothing was started: ${printable(cause.message)}`;
    return new ExecError('EXEC_UNAVAILABLE', why, { cause });
  }
  if (cause instanceof Error && cause.name === 'TimeoutError')
    return new ExecError('EXEC_CONNECT', 'The Docker daemon takes questions and answers none, so nothing was started.', { cause });
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ExecError('EXEC_CONNECT', `No connection to the Docker daemon, so nothing was started: ${printable(why)}.${hintFor(cause)}`, {
    cause,
  });
}

/** A container that the caller named. */
export function noContainer(name: string, cause: unknown): ExecError {
  const detail = { what: 'target', name } as const;
  return new ExecError('EXEC_NOT_FOUND', `container: the Docker daemon has no container '${name}'.`, { cause, detail });
}

export function notRunning(name: string, status: string): ExecError {
  return new ExecError('EXEC_UNAVAILABLE', `container: '${name}' does not run (${status}), so nothing was started. Start it first.`);
}

export function noImage(name: string, why: string, cause?: unknown): ExecError {
  return new ExecError('EXEC_NOT_FOUND', `image: '${name}' is not there, and ${why}.`, { cause, detail: { what: 'image', name } });
}

/** What a daemon says of a disk of its own; it may have room later. */
export function isFullDisk(text: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(text);
}

/** What a daemon says of a user, or of a group, that the container's own files do not know. */
export function unknownAccount(text: string): boolean {
  return /unable to find (user|group)|uids and gids must be in range/i.test(text);
}

export function noAccount(user: string, why: string, cause?: unknown): ExecError {
  const message = `user: the container has no account '${user}': ${printable(why)}. Name an existing one, or a uid.`;
  return new ExecError('EXEC_NOT_FOUND', message, { cause, detail: { option: 'user', what: 'user', name: user } });
}

export function noShell(what: string): ExecError {
  const message = `Commands need a POSIX shell, and ${what} has no /bin/sh. Use one that has, or shell: false, with which commands are lists of words (and in mode 'container' env needs allowInspectableEnv: true).`;
  return new ExecError('EXEC_NOT_SUPPORTED', message, { detail: { option: 'shell' } });
}

/** A daemon that was never started, and a socket that is not ours. */
function hintFor(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined;
  if (code === 'EACCES') return ' This account may not use its socket: add it to the group of the socket.';
  return code === 'ENOENT' || code === 'ECONNREFUSED' ? ' Does it run? host, DOCKER_HOST and contexts say where it is.' : '';
}

/** What a daemon says must not steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
}
