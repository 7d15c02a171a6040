import type { Logger } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { stderrLogger } from '../log.ts';
import { refuseUnknownOptions } from '../refuse-unknown-options.ts';
import { IDENTITY_OPTIONS, type ServerIdentity } from '../server-identity.ts';
import { TOOL_OPTIONS, type ToolOptions } from '../tool-options.ts';
import { type CheckedJwtOptions, checkJwt, isTrustedUrl, type JwtOptions } from './jwt/jwt-options.ts';
import { checkTokens, type KnownToken } from './known-tokens.ts';
import type { Principal } from './principal.ts';

/** Options of `serveHttp`: at least one of `token`, `tokens`, `verifyToken` and `jwt`. */
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
   * Says whose a token is that is none of these, or nothing where it is nobody's; asked with each request, so that a token is none any
   * more as soon as it says so. Where it throws, requests are answered 503.
   */
  readonly verifyToken?: (token: string) => Principal | undefined | Promise<Principal | undefined>;
  /**
   * Access tokens of an OAuth 2 authorization server. What is started with one belongs to its `iss` and `sub`, a scope `target:NAME` or
   * `tool:NAME` leaves those alone of the targets or tools, and a client that brings none is told where to get one.
   */
  readonly jwt?: JwtOptions;
  /**
   * By which clients call this server, as `https://exec.example.com`: its origin. Its host is one of the allowed ones. Default: what the
   * request's Host says, over http.
   */
  readonly url?: string;
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
  /** How long a client may take to send a request, in milliseconds: 100 … 2,147,483,647; default 30,000. A slower one is answered 408. */
  readonly bodyTimeoutMs?: number;
  /** Requests of one caller in a minute: 1 … 10,000,000; one more is answered 429. Default: any number. */
  readonly requestsPerMinute?: number;
  /**
   * Sessions of 2025-era clients that one caller may have at once: 1 … 100,000; default 1,000. For one more the one of theirs ends that
   * was idle longest.
   */
  readonly maxSessions?: number;
  /**
   * Milliseconds without an open request after which such a session ends, with what still runs in it: 1 … 2,147,483,647;
   * default 1,800,000 (30 min).
   */
  readonly sessionIdleMs?: number;
  /** Is told of commands by their execution ids (info), and of faults. Default: warnings and errors to stderr. */
  readonly logger?: Logger;
}

/** What of it concerns HTTP, checked and with defaults. */
export interface CheckedHttpOptions {
  readonly tokens: readonly KnownToken[];
  readonly verifyToken: ServeHttpOptions['verifyToken'];
  readonly jwt: CheckedJwtOptions | undefined;
  readonly url: URL | undefined;
  readonly host: string;
  readonly port: number;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
  readonly requestsPerMinute: number | undefined;
  readonly maxSessions: number;
  readonly sessionIdleMs: number;
  readonly logger: Logger;
}

const HTTP_OPTIONS: readonly (keyof ServeHttpOptions)[] = [
  'token',
  'tokens',
  'verifyToken',
  'jwt',
  'url',
  'host',
  'port',
  'allowedHosts',
  'allowedOrigins',
  'maxBodyBytes',
  'bodyTimeoutMs',
  'requestsPerMinute',
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
  const {
    maxBodyBytes = 4 * 1024 ** 2,
    bodyTimeoutMs = 30_000,
    requestsPerMinute,
    maxSessions = 1_000,
    sessionIdleMs = 1_800_000,
  } = options;
  const { verifyToken } = options;
  const tokens = checkTokens(options.token, options.tokens);
  const jwt = options.jwt && checkJwt(options.jwt);
  const url = options.url === undefined ? undefined : checkUrl(options.url);
  if (verifyToken !== undefined && typeof verifyToken !== 'function') throw invalidOption('verifyToken', 'it is no function', 'a function');
  if (tokens.length === 0 && !verifyToken && !jwt)
    throw invalidOption('token', 'there is no way to come in', 'token, tokens, verifyToken, or jwt');
  if (jwt && !jwt.audience && !url)
    throw invalidOption('jwt.audience', 'it is missing', 'what the issuer writes into tokens for this server, or the option url');
  if (typeof host !== 'string' || host === '') throw invalidOption('host', 'it is empty', 'an address or a name of this machine');
  checkInteger('port', port, 0, 65_535);
  checkInteger('maxBodyBytes', maxBodyBytes, 1_024, 1024 ** 3);
  checkInteger('bodyTimeoutMs', bodyTimeoutMs, 100, 2_147_483_647);
  if (requestsPerMinute !== undefined) checkInteger('requestsPerMinute', requestsPerMinute, 1, 10_000_000);
  checkInteger('maxSessions', maxSessions, 1, 100_000);
  checkInteger('sessionIdleMs', sessionIdleMs, 1, 2_147_483_647);
  const own = [...(WILDCARDS.includes(host) ? [] : [bracketed(host)]), ...(url ? [url.hostname] : [])];
  const hosts = [...LOOPBACK, ...own, ...checkNames('allowedHosts', options.allowedHosts)].map((name) => name.toLowerCase());
  const origins = [...hosts, ...checkNames('allowedOrigins', options.allowedOrigins).map((name) => name.toLowerCase())];
  const limits = { maxBodyBytes, bodyTimeoutMs, requestsPerMinute, maxSessions, sessionIdleMs };
  return { tokens, verifyToken, jwt, url, host, port, hosts, origins, ...limits, logger };
}

/** The address by which a client on this machine reaches a server that listens on `host`. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '[::1]' : bracketed(host);
}

function checkUrl(url: string): URL {
  const found = isTrustedUrl(url) ? new URL(url) : undefined;
  if (found && found.href === `${found.origin}/`) return found;
  throw invalidOption('url', 'it is no such URL', 'https://HOST or https://HOST:PORT without a path, or such an http one of this machine');
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
