import type { JwtAlgorithm } from '@errand/mcp-adapter';
import * as z from 'zod';
import { isA, type Leaf, leaf, Refusal } from './leaf.ts';
import { duration, integer, oneOf, size, text } from './leaves.ts';
import { list, mapping, options, toApi } from './mapping.ts';

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

/** What nobody on the way can read or change; `origin` has no path. */
function safeUrl({ origin = false } = {}): Leaf<string> {
  const allowed = `${origin ? 'https://HOST or https://HOST:PORT' : 'an https URL'}, or such an http one of this machine`;
  return leaf(
    (value) => {
      if (typeof value !== 'string') return new Refusal(`${isA(value)}. Allowed: ${allowed}.`);
      const url = URL.canParse(value) ? new URL(value) : undefined;
      const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
      const fits = url && isSafe && url.username === '' && url.password === '' && (!origin || url.href === `${url.origin}/`);
      return fits ? value : new Refusal(`is no such URL. Allowed: ${allowed}.`);
    },
    { type: 'string', format: 'uri' },
    '',
  );
}

const host = text({
  max: 255,
  pattern: /^([\w.-]+|\[[0-9a-fA-F:.]+\])$/,
  allowed: 'a name or an address without scheme and port, such as exec.example.com',
});

const algorithms = list(
  oneOf('RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'),
) satisfies z.ZodType<JwtAlgorithm[], unknown>;

const scope = text({ max: 256, pattern: /^[\x21\x23-\x5b\x5d-\x7e]+$/, allowed: "a scope, without spaces, quotes and '\\'" });

const audience: z.ZodType<string | readonly string[], unknown> = z.union([text({ max: 2_048 }), list(text({ max: 2_048 }))], {
  error: 'is not allowed. Allowed: a text, or a list of texts.',
});

const jwtKeys = {
  audience,
  algorithms,
  requiredScopes: list(scope),
  tenantClaim: text({ max: 256 }),
  clockTolerance: duration(0),
  jwksCooldown: duration(),
} as const;
const jwtNeeds = { issuer: safeUrl(), jwksUri: safeUrl() } as const;

const jwt = mapping(jwtKeys, jwtNeeds).transform(({ issuer, jwksUri, ...values }) => ({ issuer, jwksUri, ...toApi(jwtKeys, values) }));

/** Who may call `errand serve --http`, and how much. */
export const http = options({
  url: safeUrl({ origin: true }),
  allowedHosts: list(host),
  allowedOrigins: list(host),
  jwt,
  maxBody: size({ min: 1_024, max: 1_073_741_824 }),
  bodyTimeout: duration(100),
  requestsPerMinute: integer(1, 10_000_000),
  maxSessions: integer(1, 100_000),
  sessionIdle: duration(),
});
