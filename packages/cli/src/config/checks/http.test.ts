import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigRig } from '../config-rig.fixture.ts';

const rig = new ConfigRig();

beforeAll(() => rig.make());

afterAll(() => rig.remove());

const ONE = 'version: 1\ntargets:\n  here: { kind: local }\n';
const JWT = 'issuer: https://login.example.com, jwksUri: https://login.example.com/keys';

test('what is said of serving over HTTP has the names of the API', async () => {
  const { http } = await rig.read(`${ONE}http:
  url: https://exec.example.com
  allowedHosts: [exec.internal, "[fd00::1]"]
  allowedOrigins: [app.example.com]
  maxBody: 1MiB
  bodyTimeout: 10s
  requestsPerMinute: 600
  maxSessions: 50
  sessionIdle: 1h
  jwt: { ${JWT}, algorithms: [ES256], requiredScopes: ["errand:use"], tenantClaim: org, clockTolerance: 0s, jwksCooldown: 1m }
`);
  expect(http).toEqual({
    url: 'https://exec.example.com',
    allowedHosts: ['exec.internal', '[fd00::1]'],
    allowedOrigins: ['app.example.com'],
    maxBodyBytes: 1_048_576,
    bodyTimeoutMs: 10_000,
    requestsPerMinute: 600,
    maxSessions: 50,
    sessionIdleMs: 3_600_000,
    jwt: {
      issuer: 'https://login.example.com',
      jwksUri: 'https://login.example.com/keys',
      algorithms: ['ES256'],
      requiredScopes: ['errand:use'],
      tenantClaim: 'org',
      clockToleranceMs: 0,
      jwksCooldownMs: 60_000,
    },
  });
  const audience = async (text: string): Promise<unknown> =>
    (await rig.read(`${ONE}http: { jwt: { ${JWT}, audience: ${text} } }\n`)).http?.jwt;
  expect(await audience('errand')).toMatchObject({ audience: 'errand' });
  expect(await audience('[a, b]')).toMatchObject({ audience: ['a', 'b'] });
});

test.each<[yaml: string, fault: string | RegExp]>([
  ['http: 7', '4:7: http: is a number. Allowed: a mapping.'],
  ['http: { port: 80 }', /^4:9: http\.port: is not known here\. Allowed: url, allowedHosts, allowedOrigins, jwt, /],
  ['http: { url: exec.example.com }', /^4:14: http\.url: is no such URL\. Allowed: https:\/\/HOST or /],
  ['http: { url: "http://exec.example.com" }', /^4:14: http\.url: is no such URL/],
  ['http: { url: "https://exec.example.com/mcp" }', /^4:14: http\.url: is no such URL/],
  ['http: { url: "https://me:hidden@exec.example.com" }', /^4:14: http\.url: is no such URL/],
  [
    'http: { allowedHosts: ["https://a"] }',
    /^4:24: http\.allowedHosts\[0\]: is not allowed\. Allowed: a name or an address without scheme/,
  ],
  ['http: { allowedOrigins: [] }', /^4:25: http\.allowedOrigins: is empty/],
  ['http: { maxBody: 1KB }', /^4:18: http\.maxBody: is out of range\. Allowed: 1KiB to 1GiB\./],
  ['http: { bodyTimeout: 30 }', /^4:22: http\.bodyTimeout: is a number without a unit/],
  ['http: { requestsPerMinute: 0 }', /^4:28: http\.requestsPerMinute: is out of range/],
  ['http: { maxSessions: many }', /^4:22: http\.maxSessions: is text/],
  ['http: { jwt: {} }', '4:9: http.jwt.issuer: is missing.'],
  [`http: { jwt: { ${JWT} } }`, '4:14: http.jwt: needs audience, or http.url beside it.'],
  [
    'http: { jwt: { issuer: "http://a", jwksUri: "https://a/k", audience: x } }',
    /^4:24: http\.jwt\.issuer: is no such URL\. Allowed: an https URL/,
  ],
  ['http: { jwt: { issuer: "https://a", jwksUri: "http://a/k", audience: x } }', /^4:46: http\.jwt\.jwksUri: is no such URL/],
  [`http: { jwt: { ${JWT}, audience: 7 } }`, /^4:\d+: http\.jwt\.audience: is not allowed\. Allowed: a text, or a list of texts\./],
  [`http: { jwt: { ${JWT}, audience: x, algorithms: [HS256] } }`, /^4:\d+: http\.jwt\.algorithms\[0\]: is not known\. Allowed: RS256, /],
  [`http: { jwt: { ${JWT}, audience: x, algorithms: [none] } }`, /^4:\d+: http\.jwt\.algorithms\[0\]: is not known/],
  [
    `http: { jwt: { ${JWT}, audience: x, requiredScopes: ["a b"] } }`,
    /^4:\d+: http\.jwt\.requiredScopes\[0\]: is not allowed\. Allowed: a scope/,
  ],
])('is told at its place: %s', async (yaml, fault) => {
  const found = await rig.faults(`${ONE}${yaml}\n`);
  expect(found[0]).toEqual(typeof fault === 'string' ? fault : expect.stringMatching(fault));
  expect(found.join()).not.toContain('hidden');
});
