import { invalidOption } from '@errand/core/checks';

/** How access tokens are signed: with a key that only their issuer has. */
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

/** A secret that both sides have (HS256), or none, is no way to know who signed. */
export const JWT_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** The access tokens of an OAuth 2 authorization server: JSON Web Tokens, which `sub` says whose they are. */
export interface JwtOptions {
  /** The `iss` of its tokens, as it writes it: an https URL, or an http one of this machine. */
  readonly issuer: string;
  /** Where its public keys are, as a JSON Web Key Set: an https URL, or an http one of this machine. They are kept for 10 minutes. */
  readonly jwksUri: string;
  /**
   * What `aud` must have: one of these. Default: the `url` of the server with its path, `https://HOST/mcp`, and at `/TARGET/mcp` that
   * one's as well.
   */
  readonly audience?: string | readonly string[];
  /** Any other is refused, whatever the token says. Default `['RS256', 'ES256', 'EdDSA']`. */
  readonly algorithms?: readonly JwtAlgorithm[];
  /** Which `scope` (or `scp`) a token must have, each of them; others are told so with 403. Default: none. */
  readonly requiredScopes?: readonly string[];
  /**
   * The claim that says the tenant, for the fair shares of a queue and for quotas; a token without it is refused. Default `sub`. A text of
   * 1 … 256 characters.
   */
  readonly tenantClaim?: string;
  /** How much the clocks of issuer and server may differ, in milliseconds: 0 … 600,000; default 5,000. */
  readonly clockToleranceMs?: number;
  /**
   * For how long a key that is not there is not asked for again, and a key set that could not be had neither, in milliseconds:
   * 1 … 86,400,000; default 30,000.
   */
  readonly jwksCooldownMs?: number;
}

const KEYS: readonly (keyof JwtOptions)[] = [
  'issuer',
  'jwksUri',
  'audience',
  'algorithms',
  'requiredScopes',
  'tenantClaim',
  'clockToleranceMs',
  'jwksCooldownMs',
];

/** The same, checked and with defaults. */
export interface CheckedJwtOptions {
  readonly issuer: string;
  readonly jwksUri: URL;
  /** None where it is that of the server's URL. */
  readonly audience: readonly string[] | undefined;
  readonly algorithms: readonly JwtAlgorithm[];
  readonly requiredScopes: readonly string[];
  readonly tenantClaim: string;
  readonly clockToleranceMs: number;
  readonly jwksCooldownMs: number;
}

const URL_ALLOWED = 'an https URL, or an http one of this machine';

/** @throws ExecError `EXEC_INVALID_OPTION` that names the option */
export function checkJwt(jwt: JwtOptions): CheckedJwtOptions {
  if (typeof jwt !== 'object' || jwt === null) throw invalidOption('jwt', 'it is no object', KEYS.join(', '));
  const unknown = Object.keys(jwt).find((key) => !KEYS.some((known) => known === key));
  if (unknown !== undefined) throw invalidOption(`jwt.${unknown}`, 'there is no such option', KEYS.join(', '));
  const { issuer, jwksUri, audience, algorithms = ['RS256', 'ES256', 'EdDSA'], requiredScopes = [], tenantClaim = 'sub' } = jwt;
  const { clockToleranceMs = 5_000, jwksCooldownMs = 30_000 } = jwt;
  if (!isTrustedUrl(issuer)) throw invalidOption('jwt.issuer', 'it is no such URL', URL_ALLOWED);
  if (!isTrustedUrl(jwksUri)) throw invalidOption('jwt.jwksUri', 'it is no such URL', URL_ALLOWED);
  if (audience !== undefined) checkTexts('jwt.audience', [audience].flat(), /^.{1,2048}$/s);
  const odd = Array.isArray(algorithms) ? algorithms.find((name) => !JWT_ALGORITHMS.includes(name)) : algorithms;
  if (odd !== undefined || algorithms.length === 0)
    throw invalidOption('jwt.algorithms', 'one is not known, or not safe here', JWT_ALGORITHMS.join(', '));
  checkTexts('jwt.requiredScopes', requiredScopes, /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 0);
  if (typeof tenantClaim !== 'string' || tenantClaim === '') throw invalidOption('jwt.tenantClaim', 'it is empty', 'the name of a claim');
  checkDuration('jwt.clockToleranceMs', clockToleranceMs, 0, 600_000);
  checkDuration('jwt.jwksCooldownMs', jwksCooldownMs, 1, 86_400_000);
  return {
    issuer,
    jwksUri: new URL(jwksUri),
    audience: audience === undefined ? undefined : [audience].flat(),
    algorithms,
    requiredScopes,
    tenantClaim,
    clockToleranceMs,
    jwksCooldownMs,
  };
}

/** Nobody on the way can read or change what comes from there. */
export function isTrustedUrl(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname));
}

function checkTexts(option: string, texts: readonly string[], pattern: RegExp, min = 1): void {
  const isGood = Array.isArray(texts) && texts.length >= min && texts.every((text) => typeof text === 'string' && pattern.test(text));
  if (!isGood)
    throw invalidOption(option, 'it is none, or one of it cannot be', min === 0 ? 'a list of texts' : 'a text, or a list of them');
}

function checkDuration(option: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalidOption(option, `${value} is not a duration it can have`, `whole milliseconds, ${min} … ${max}`);
}
