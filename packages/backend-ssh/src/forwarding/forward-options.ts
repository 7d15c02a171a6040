import * as check from '@errand/core/checks';
import type { Endpoint } from '../connection/endpoint.ts';
import type { ForwardOptions } from './forwarding.ts';

/** A `Forward` with its defaults. */
export interface CheckedForward {
  readonly listen: Endpoint;
  readonly to: Endpoint;
}

const HOST = '127.0.0.1';
/** What the kernel takes, without the NUL at the end. */
const MAX_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;
const MAX_PORT = 65_535;

const host = check.matching(/^[^\s\0/@[\]]{1,255}$/, 'a host name or an address, without brackets');
const OPTIONS: check.OptionChecks = { onError: check.callback, signal: check.abortSignal };

/**
 * Checked, as a copy.
 *
 * @param remote Which of the two is the server's: its paths depend on no directory of ours.
 * @throws ExecError `EXEC_INVALID_OPTION`
 */
export function checkForward(forward: unknown, remote: 'listen' | 'to', options: ForwardOptions): CheckedForward {
  const found: { listen?: Endpoint; to?: Endpoint } = {};
  check.checkEach('forward', forward, {
    listen: (option, value) => {
      found.listen = checkEndpoint(option, value, { minPort: 0, path: remote === 'listen' ? absolute : path });
    },
    to: (option, value) => {
      found.to = checkEndpoint(option, value, { minPort: 1, path: remote === 'to' ? absolute : path });
    },
  });
  check.checkEach('', options, OPTIONS);
  const { listen, to } = found;
  if (!listen) throw check.invalidOption('forward.listen', 'is missing', '{ host, port } or { path }');
  if (!to) throw check.invalidOption('forward.to', 'is missing', '{ host, port } or { path }');
  return { listen, to };
}

/**
 * Where the host is to connect to, as a copy.
 *
 * @throws ExecError `EXEC_INVALID_OPTION`
 */
export function checkDestination(to: unknown, options: Pick<ForwardOptions, 'signal'>): Endpoint {
  check.checkEach('', options, { signal: check.abortSignal });
  return checkEndpoint('to', to, { minPort: 1, path: absolute });
}

function checkEndpoint(option: string, value: unknown, { minPort, path }: { minPort: number; path: check.Check }): Endpoint {
  const given = new Map<string, unknown>(Object.entries(check.object(option, value)));
  check.checkEach(
    option,
    Object.fromEntries(given),
    given.get('path') === undefined ? { host, port: check.integer(minPort, MAX_PORT), path } : { path },
  );
  if (given.get('path') !== undefined) return { path: String(given.get('path')) };
  if (given.get('port') === undefined) throw check.invalidOption(option, 'has neither a port nor a path', '{ host, port } or { path }');
  return { host: String(given.get('host') ?? HOST), port: Number(given.get('port')) };
}

function path(option: string, value: unknown): void {
  check.text(MAX_PATH_BYTES)(option, value);
  const bytes = Buffer.byteLength(String(value));
  if (bytes > MAX_PATH_BYTES) throw check.invalidOption(option, `has ${bytes} bytes`, `a path of at most ${MAX_PATH_BYTES} bytes`);
}

function absolute(option: string, value: unknown): void {
  path(option, value);
  check.absolutePath(option, value);
}
