import { ExecError, isExecError } from '@errand/core';
import { type Endpoint, nameOf } from '../connection/endpoint.ts';

/** RFC 4254: the server does not allow it. */
const PROHIBITED = 1;

export function lostWhileListening(cause: Error, at: Endpoint): ExecError {
  return new ExecError(
    'EXEC_CONNECT',
    `The connection was lost, so the host does not listen on ${nameOf(at)} any more: ${cause.message}.`,
    {
      cause,
    },
  );
}

/** As with `onOutput` of a command: who is told no more would not know what goes wrong. */
export function onErrorThrew(cause: unknown): ExecError {
  return new ExecError('EXEC_CLOSED', `The forwarding was closed, because its onError threw: ${messageOf(cause)}.`, { cause });
}

/** The socket that should have listened here. */
export function cannotListen(cause: unknown, at: Endpoint): ExecError {
  const isDenied = ['EACCES', 'EPERM'].includes(String(Reflect.get(Object(cause), 'code')));
  return new ExecError(isDenied ? 'EXEC_PERMISSION' : 'EXEC_UNAVAILABLE', `Cannot listen on ${nameOf(at)}: ${messageOf(cause)}.`, {
    cause,
  });
}

/** The socket that should have listened on the host. All that a server says is no. */
export function cannotListenThere(cause: unknown, at: Endpoint): ExecError {
  const what = 'path' in at ? 'the file is there already, its directory is not to be written to' : 'the port is taken, or below 1024';
  return new ExecError(
    'EXEC_UNAVAILABLE',
    `The host does not listen on ${nameOf(at)} for us, and does not say why: ${messageOf(cause)}. Perhaps ${what}, or its sshd_config has AllowTcpForwarding, AllowStreamLocalForwarding, PermitListen or DisableForwarding against it.`,
    { cause },
  );
}

/** One connection; `side` is who should have connected. */
export function cannotConnect(cause: unknown, to: Endpoint, side: 'the host' | 'this process'): Error {
  if (isExecError(cause)) return cause;
  // OpenSSH's own words for it are `open failed`: which of the reasons it was is a number beside them.
  const isProhibited = Reflect.get(Object(cause), 'reason') === PROHIBITED;
  const why = isProhibited ? `administratively prohibited: ${messageOf(cause)}` : messageOf(cause);
  const code = isProhibited ? 'EXEC_PERMISSION' : 'EXEC_UNAVAILABLE';
  return new ExecError(code, `${side[0]?.toUpperCase()}${side.slice(1)} opened no connection to ${nameOf(to)}: ${why}.`, {
    cause,
  });
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message.replace(/^\(SSH\) /, '') : String(fault);
}
