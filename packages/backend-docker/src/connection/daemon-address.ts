import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { ExecError } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { contextAddress, currentContext } from './docker-context.ts';

/** Who a daemon is, and who we are to it, over TLS. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized?: boolean;
}

/** Where a daemon listens. */
export type DaemonAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  | { readonly connect: (signal: AbortSignal) => Promise<Duplex> };

/** What may say where the daemon is. */
export interface DaemonOptions {
  readonly host?: string;
  readonly context?: string;
  readonly tlsDirectory?: string;
  readonly connect?: (signal: AbortSignal) => Promise<Duplex>;
}

/** What of this process's surroundings says it. */
export type Surroundings = Readonly<Record<string, string | undefined>>;

const UNIX_SOCKET = '/var/run/docker.sock';

/** A daemon as somebody named it, and who. */
interface NamedDaemon {
  readonly option: string;
  readonly host: string;
  readonly tls: () => TlsFiles | undefined;
}

/**
 * Where the daemon is: as the options say, else as the docker CLI finds it, by DOCKER_HOST, DOCKER_CONTEXT, and the context that
 * `docker context use` chose.
 *
 * @throws ExecError `EXEC_INVALID_OPTION`, `EXEC_NOT_SUPPORTED`
 */
export function daemonAddress(options: DaemonOptions, env: Surroundings = process.env): DaemonAddress {
  if (options.connect) return { connect: options.connect };
  const named = namedDaemon(options, env);
  return named ? parseHost(named) : { path: UNIX_SOCKET };
}

/**
 * The address of the daemon that `dockerExecutor` would ask with these options, where that is one behind SSH: `ssh://user@host`, with a path
 * where its socket is not `/var/run/docker.sock`. Otherwise undefined. Who knows a way there passes `connect` in place of `host` and `context`.
 *
 * @throws ExecError `EXEC_INVALID_OPTION`
 */
export function daemonBehindSsh(options: Pick<DaemonOptions, 'host' | 'context'>, env: Surroundings = process.env): string | undefined {
  const host = namedDaemon(options, env)?.host;
  return host?.startsWith('ssh://') ? host : undefined;
}

function namedDaemon({ host, context, tlsDirectory }: DaemonOptions, env: Surroundings): NamedDaemon | undefined {
  const tls = (): TlsFiles | undefined => tlsOf(tlsDirectory, env);
  if (host !== undefined) return { option: 'host', host, tls };
  if (context !== undefined) return ofContext('context', context, env);
  const { DOCKER_HOST, DOCKER_CONTEXT } = env;
  if (DOCKER_HOST) return { option: 'DOCKER_HOST', host: DOCKER_HOST, tls };
  const chosen = DOCKER_CONTEXT || currentContext(configDirectory(env));
  return chosen === undefined ? undefined : ofContext('DOCKER_CONTEXT', chosen, env);
}

function ofContext(option: string, name: string, env: Surroundings): NamedDaemon | undefined {
  const { DOCKER_HOST: host } = env;
  if (name === 'default') return host ? { option: 'DOCKER_HOST', host, tls: () => tlsOf(undefined, env) } : undefined;
  const { host: there, tls } = contextAddress(option, name, configDirectory(env));
  return { option, host: there, tls: () => tls };
}

/** As the docker CLI has it: `unix://PATH`, `tcp://HOST:PORT`. */
function parseHost({ option, host: text, tls: readFiles }: NamedDaemon): DaemonAddress {
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/.exec(text) ?? [];
  if (scheme === 'unix' || scheme === 'npipe') return { path: rest || UNIX_SOCKET };
  if (scheme === 'ssh') {
    const hint = 'Pass connect in its place, which opens a stream to the socket there: connectTo() of @errand/backend-ssh does';
    const why = `${option} names a daemon behind SSH, and this package speaks none.`;
    throw new ExecError('EXEC_NOT_SUPPORTED', `${why} ${hint}; errand itself (errand.yaml) needs nothing.`, { detail: { option } });
  }
  const [, address, name, port] = /^(?:\[([\da-fA-F:.]+)\]|([^:/@[\]]+))(?::(\d{1,5}))?\/?$/.exec(rest) ?? [];
  const host = address ?? name;
  if (!['tcp', 'http', 'https'].includes(scheme) || host === undefined || Number(port) > 65_535)
    throw invalidOption(option, 'names no daemon', 'such as unix:///var/run/docker.sock or tcp://10.0.0.7:2376');
  const tls = readFiles();
  const isTls = tls !== undefined || scheme === 'https';
  return { host, port: port === undefined ? (isTls ? 2_376 : 2_375) : Number(port), ...(isTls && { tls: tls ?? {} }) };
}

/** As the docker CLI does: files in DOCKER_CERT_PATH, where DOCKER_TLS or DOCKER_TLS_VERIFY is set. */
function tlsOf(directory: string | undefined, env: Surroundings): TlsFiles | undefined {
  const isVerified = Boolean(env['DOCKER_TLS_VERIFY']);
  if (directory !== undefined) return readTls('tlsDirectory', directory, true);
  if (!isVerified && !env['DOCKER_TLS']) return undefined;
  return readTls('DOCKER_CERT_PATH', env['DOCKER_CERT_PATH'] || configDirectory(env), isVerified);
}

function readTls(option: string, directory: string, isVerified: boolean): TlsFiles {
  try {
    const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFileSync(join(directory, name)));
    return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(!isVerified && { rejectUnauthorized: false }) };
  } catch (cause) {
    const message = `${option}: '${directory}' cannot be read for TLS. Allowed: a directory with ca.pem, cert.pem and key.pem.`;
    throw new ExecError('EXEC_INVALID_OPTION', message, { cause, detail: { option } });
  }
}

function configDirectory(env: Surroundings): string {
  return env['DOCKER_CONFIG'] || join(homedir(), '.docker');
}
