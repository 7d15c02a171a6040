import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** What a token says, and how; `undefined` leaves a claim out. */
export interface TokenClaims {
  readonly sub?: string | undefined;
  readonly iss?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
  /** Seconds since 1970. */
  readonly exp?: number | undefined;
  readonly nbf?: number | undefined;
  readonly [claim: string]: unknown;
}

/** A key, and how it is named in the key set. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** An OAuth 2 authorization server as far as a resource server needs one: keys, metadata, and tokens for whoever asks. */
export class TokenIssuer implements AsyncDisposable {
  readonly url: string;
  /** How often the key set was asked for. */
  fetches = 0;
  /** What the key set is answered with, in place of the keys. */
  fault: 'status' | 'nonsense' | 'endless' | 'redirect' | undefined;
  /** What `resource` clients named that asked for a token. */
  readonly asked: URLSearchParams[] = [];
  readonly #server: Server;
  readonly #keys: IssuerKey[] = [];

  static async start(): Promise<TokenIssuer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = new TokenIssuer(server);
    await issuer.addKey('RS256');
    return issuer;
  }

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (req: IncomingMessage, res: ServerResponse) => void this.#answer(req, res));
  }

  get jwksUri(): string {
    return `${this.url}/keys`;
  }

  /** The newest one. */
  get key(): IssuerKey {
    const key = this.#keys.at(-1);
    if (!key) throw new Error('There is no key.');
    return key;
  }

  /** From now on tokens are signed with this one. */
  async addKey(alg: string): Promise<IssuerKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const kid = `key-${this.#keys.length + 1}`;
    const key = { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
    this.#keys.push(key);
    return key;
  }

  /** A token that is right unless something else is said. */
  async sign(claims: TokenClaims = {}, { kid, alg, privateKey }: Omit<IssuerKey, 'jwk'> = this.key): Promise<string> {
    return await new SignJWT(this.claims(claims)).setProtectedHeader({ alg, kid, typ: 'at+jwt' }).sign(privateKey);
  }

  /** What such a token says. */
  claims(claims: TokenClaims = {}): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1_000);
    const all = { iss: this.url, sub: 'alice', iat: now, exp: now + 600, ...claims };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const json = (value: unknown): void => void res.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    switch (req.url) {
      case '/keys':
        this.fetches += 1;
        return this.#answerKeys(res, json);
      case '/.well-known/oauth-authorization-server':
        return json({
          issuer: this.url,
          authorization_endpoint: `${this.url}/authorize`,
          token_endpoint: `${this.url}/token`,
          jwks_uri: this.jwksUri,
          response_types_supported: ['code'],
          grant_types_supported: ['client_credentials'],
          token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
          code_challenge_methods_supported: ['S256'],
        });
      case '/token': {
        const asked = new URLSearchParams(await text(req));
        this.asked.push(asked);
        const aud = asked.get('resource') ?? undefined;
        const scope = asked.get('scope') ?? undefined;
        return json({ access_token: await this.sign({ sub: 'machine', aud, scope }), token_type: 'Bearer', expires_in: 600 });
      }
      default:
        res.writeHead(404).end();
    }
  }

  #answerKeys(res: ServerResponse, json: (value: unknown) => void): void {
    if (this.fault === 'status') res.writeHead(500).end();
    else if (this.fault === 'nonsense') res.end('{"keys": 7');
    else if (this.fault === 'redirect') res.writeHead(302, { location: '/elsewhere' }).end();
    else if (this.fault === 'endless') res.end(`{"keys":[],"x":"${'x'.repeat(2 * 1_048_576)}"}`);
    else json({ keys: this.#keys.map(({ jwk }) => jwk) });
  }
}
