import { once } from 'node:events';
import type { Server } from 'node:http';
import { ExecError } from '@errand/core';

/**
 * Listens, and gives the port.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` that names port or host when they cannot be had.
 */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (cause) {
    throw toListenError(cause, host, port);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function toListenError(cause: unknown, host: string, port: number): ExecError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return optionError('port', `${port} is in use on ${host}. Allowed: a free port, or 0 for any free one.`, cause);
  }
  if (code === 'EACCES') return optionError('port', `${port} is not open to this user. Allowed: 1024 and above.`, cause);
  return optionError('host', `cannot listen on '${host}' (${String(code)}). Allowed: an address or a name of this machine.`, cause);
}

function optionError(option: string, wrong: string, cause: unknown): ExecError {
  return new ExecError('EXEC_INVALID_OPTION', `${option}: ${wrong}`, { cause, detail: { option } });
}
