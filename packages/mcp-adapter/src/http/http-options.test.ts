import { expect, test } from 'vitest';
import { checkHttpOptions, reachableHost, type ServeHttpOptions } from './http-options.ts';

const token = 'not-to-be-seen-in-messages';

const JWT = { issuer: 'https://login.example.com', jwksUri: 'https://login.example.com/keys', audience: 'x' };

test('the defaults are this machine alone, a free port, and bounded bodies and sessions', () => {
  expect(checkHttpOptions({ token })).toMatchObject({
    host: '127.0.0.1',
    port: 0,
    hosts: ['localhost', '127.0.0.1', '[::1]', '127.0.0.1'],
    maxBodyBytes: 4_194_304,
    bodyTimeoutMs: 30_000,
    requestsPerMinute: undefined,
    maxSessions: 1_000,
    sessionIdleMs: 1_800_000,
  });
});

test('the address that is listened on is an allowed host, in brackets if it has colons; a wildcard is none', () => {
  expect(checkHttpOptions({ token, host: 'box.lan' }).hosts).toContain('box.lan');
  expect(checkHttpOptions({ token, host: 'fd00::1' }).hosts).toContain('[fd00::1]');
  expect(checkHttpOptions({ token, host: '0.0.0.0' }).hosts).not.toContain('0.0.0.0');
});

test('allowed hosts are allowed origins, in any case', () => {
  const { hosts, origins } = checkHttpOptions({ token, allowedHosts: ['Shop.example'], allowedOrigins: ['web.example'] });
  expect(hosts).toContain('shop.example');
  expect(origins).toEqual([...hosts, 'web.example']);
});

test('a client on this machine is told an address that it can reach', () => {
  expect(['0.0.0.0', '::', '::1', '10.0.0.1'].map(reachableHost)).toEqual(['127.0.0.1', '[::1]', '[::1]', '10.0.0.1']);
});

test.each<[option: string, options: object]>([
  ['token', { token: 'short' }],
  ['token', { token: `with space ${'x'.repeat(16)}` }],
  ['token', { token: `${'x'.repeat(16)}\n` }],
  ['tokens', { tokens: {} }],
  ['tokens', { tokens: [token] }],
  ['tokens', { tokens: token }],
  ['tokens', { tokens: { alice: 'short' } }],
  ['tokens', { tokens: { alice: 7 } }],
  ['tokens', { tokens: { '': 'x'.repeat(16) } }],
  ['tokens', { tokens: { ['a'.repeat(257)]: 'x'.repeat(16) } }],
  ['tokens', { tokens: { alice: 'x'.repeat(16), bob: 'x'.repeat(16) } }],
  ['tokens', { tokens: { alice: token } }],
  ['tenant', { tenant: 'a' }],
  ['host', { host: '' }],
  ['host', { host: 7 }],
  ['port', { port: -1 }],
  ['port', { port: 65_536 }],
  ['port', { port: '80' }],
  ['maxBodyBytes', { maxBodyBytes: 1 }],
  ['bodyTimeoutMs', { bodyTimeoutMs: 99 }],
  ['requestsPerMinute', { requestsPerMinute: 0 }],
  ['verifyToken', { verifyToken: 'x' }],
  ['url', { url: 'exec.example.com' }],
  ['url', { url: 'http://exec.example.com' }],
  ['url', { url: 'https://exec.example.com/mcp' }],
  ['url', { url: 'https://user:hidden@exec.example.com' }],
  ['jwt', { jwt: 'x' }],
  ['jwt.issuers', { jwt: { ...JWT, issuers: [] } }],
  ['jwt.issuer', { jwt: { ...JWT, issuer: 'http://login.example.com' } }],
  ['jwt.jwksUri', { jwt: { ...JWT, jwksUri: 'http://login.example.com/keys' } }],
  ['jwt.audience', { jwt: { ...JWT, audience: undefined } }],
  ['jwt.audience', { jwt: { ...JWT, audience: [] } }],
  ['jwt.algorithms', { jwt: { ...JWT, algorithms: [] } }],
  ['jwt.algorithms', { jwt: { ...JWT, algorithms: ['none'] } }],
  ['jwt.algorithms', { jwt: { ...JWT, algorithms: ['RS256', 'HS256'] } }],
  ['jwt.requiredScopes', { jwt: { ...JWT, requiredScopes: ['a b'] } }],
  ['jwt.tenantClaim', { jwt: { ...JWT, tenantClaim: '' } }],
  ['jwt.clockToleranceMs', { jwt: { ...JWT, clockToleranceMs: -1 } }],
  ['jwt.jwksCooldownMs', { jwt: { ...JWT, jwksCooldownMs: 0 } }],
  ['maxSessions', { maxSessions: 0 }],
  ['sessionIdleMs', { sessionIdleMs: 0.5 }],
  ['allowedHosts', { allowedHosts: ['http://a'] }],
  ['allowedHosts', { allowedHosts: ['a:80'] }],
  ['ports', { ports: 80 }],
  ['allowedHosts', { allowedHosts: 'a' }],
  ['allowedOrigins', { allowedOrigins: ['https://a'] }],
])('a bad %s is refused by its name, without the token: %j', (option, options) => {
  const check = (): unknown => checkHttpOptions({ token, ...options } as ServeHttpOptions);
  expect(check).toThrow(
    expect.objectContaining({ code: 'EXEC_INVALID_OPTION', message: expect.stringMatching(`^${option}: .*Allowed: `), detail: { option } }),
  );
  expect(check).not.toThrow(/not-to-be-seen|xxxx|hidden/);
});

test('tokens have the names of those who bring them; the one of `token` has none', () => {
  const tokens = { alice: 'x'.repeat(16), 'team b': 'y'.repeat(16) };
  expect(checkHttpOptions({ tokens }).tokens).toEqual([
    { name: 'alice', token: 'x'.repeat(16) },
    { name: 'team b', token: 'y'.repeat(16) },
  ]);
  expect(checkHttpOptions({ token, tokens: { bob: 'z'.repeat(16) } }).tokens).toEqual([{ token }, { name: 'bob', token: 'z'.repeat(16) }]);
});

test('there is some way to come in, and any of them will do', () => {
  expect(() => checkHttpOptions({})).toThrow(/^token: there is no way to come in\. Allowed: token, tokens, verifyToken, or jwt/);
  expect(checkHttpOptions({ verifyToken: () => undefined })).toMatchObject({ tokens: [] });
  expect(checkHttpOptions({ jwt: JWT })).toMatchObject({ tokens: [], jwt: { audience: ['x'], algorithms: ['RS256', 'ES256', 'EdDSA'] } });
});

test("the host of the server's URL is an allowed one, and what tokens are for unless it is said", () => {
  const { hosts, jwt, url } = checkHttpOptions({
    jwt: { ...JWT, audience: undefined } as unknown as typeof JWT,
    url: 'https://Exec.Example.com:8443',
  });
  expect(hosts).toContain('exec.example.com');
  expect(jwt?.audience).toBeUndefined();
  expect(url?.href).toBe('https://exec.example.com:8443/');
});
