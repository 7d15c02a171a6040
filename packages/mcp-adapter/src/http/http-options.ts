import type { Logger } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { stderrLogger } from '../log.ts';
import { refuseUnknownOptions } from '../refuse-unknown-options.ts';
import { IDENTITY_OPTIONS, type ServerIdentity } from '../server-identity.ts';
import { TOOL_OPTIONS, type ToolOptions } from '../tool-options.ts';
import { checkPrincipals, type Principal } from './principal.ts';

/** Options of `serveHttp`: `token`, `tokens`, or both. */
export interface ServeHttpOptions extends Omit<ToolOptions, 'tenant'>, ServerIdentity {
  /**
   * The secret that a request must bring as `Authorization: Bearer …`: 16 … 4,096 letters, digits and `-._~+/=`. Who has it can
   * run commands, which have no tenant.
   */
  readonly token?: string;
  /**
   * Such secrets for several, by the names of those who have them, of 1 … 256 characters. The name is the tenant of what a caller
   * runs, and a session is that of who opened it.
   */
  readonly tokens?: Readonly<Record<string, string>>;
  /**
   * The address to listen on; default `127.0.0.1`. The server speaks plain HTTP: on an address that others reach, put a
   * proxy with TLS before it.
   */
  readonly host?: string;
  /** 0 … 65,535; default 0, which takes a free one. */
  readonly port?: number;
  /**
   * Host names, without a port, by which clients may call this server beside `localhost`, `127.0.0.1`, `[::1]` and `host`. A
   * request with another Host is refused, which stops DNS rebinding.
   */
  readonly allowedHosts?: readonly string[];
  /** Host names of web pages that may call this server beside the allowed hosts. A request with another Origin is refused. */
  readonly allowedOrigins?: readonly string[];
  /** Bytes of a request's body: 1,024 … 1 GiB; default 4 MiB. A larger one is answered 413. */
  readonly maxBodyBytes?: number;
  /** Sessions of 2025-era clients at once: 1 … 100,000; default 1,000. For one more the one that was idle longest ends. */
  readonly maxSessions?: number;
  /**
   * Milliseconds without an open request after which such a session ends, with what still runs in it: 1 … 2,147,483,647;
   * default 1,800,000 (30 min).
   */
  readonly sessionIdleMs?: number;
  /** Default: warnings and errors to stderr. */
  readonly logger?: Logger;
}

/** What of it concerns HTTP, checked and with defaults. */
export interface CheckedHttpOptions {
  readonly tokens: readonly Principal[];
  readonly host: string;
  readonly port: number;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxSessions: number;
  readonly sessionIdleMs: number;
  readonly logger: Logger;
}

const HTTP_OPTIONS: readonly (keyof ServeHttpOptions)[] = [
  'token',
  'tokens',
  'host',
  'port',
  'allowedHosts',
  'allowedOrigins',
  'maxBodyBytes',
  'maxSessions',
  'sessionIdleMs',
  'logger',
];
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const WILDCARDS = ['0.0.0.0', '::'];

/** @throws ExecError `EXEC_INVALID_OPTION` that names the option; never with the token in it. */
export function checkHttpOptions(options: ServeHttpOptions): CheckedHttpOptions {
  refuseUnknownOptions(options, [...HTTP_OPTIONS, ...TOOL_OPTIONS.filter((name) => name !== 'tenant'), ...IDENTITY_OPTIONS]);
  const { host = '127.0.0.1', port = 0, logger = stderrLogger } = options;
  const { maxBodyBytes = 4 * 1024 ** 2, maxSessions = 1_000, sessionIdleMs = 1_800_000 } = options;
  const tokens = checkPrincipals(options.token, options.tokens);
  if (typeof host !== 'string' || host === '') throw invalidOption('host', 'it is empty', 'an address or a name of this machine');
  checkInteger('port', port, 0, 65_535);
  checkInteger('maxBodyBytes', maxBodyBytes, 1_024, 1024 ** 3);
  checkInteger('maxSessions', maxSessions, 1, 100_000);
  checkInteger('sessionIdleMs', sessionIdleMs, 1, 2_147_483_647);
  const own = WILDCARDS.includes(host) ? [] : [bracketed(host)];
  const hosts = [...LOOPBACK, ...own, ...checkNames('allowedHosts', options.allowedHosts)].map((name) => name.toLowerCase());
  const origins = [...hosts, ...checkNames('allowedOrigins', options.allowedOrigins).map((name) => name.toLowerCase())];
  return { tokens, host, port, hosts, origins, maxBodyBytes, maxSessions, sessionIdleMs, logger };
}

/** The address by which a client on this machine reaches a server that listens on `host`. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '[::1]' : bracketed(host);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function checkInteger(option: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalidOption(option, `${value} is out of range`, `a whole number, ${min} … ${max}`);
}

function checkNames(option: string, names: readonly string[] = []): readonly string[] {
  if (!Array.isArray(names)) throw invalidOption(option, 'it is no array', 'names or addresses without scheme and port');
  const bad = names.find((name) => !/^([\w.-]+|\[[0-9a-f:.]+\])$/i.test(name));
  if (bad !== undefined) throw invalidOption(option, `'${bad}' is not a host name`, 'names or addresses without scheme and port');
  return names;
}
