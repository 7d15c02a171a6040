/** Who sent a request, as the server's own authentication found it: what both SDK generations call `AuthInfo`. */
export interface AuthInfo {
  readonly token: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** In seconds since 1970. */
  readonly expiresAt?: number | undefined;
  readonly resource?: URL | undefined;
  /** What else the server's verifier knows, e.g. the user. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}
