/** Why a token lets nobody in. */
export type TokenFaultKind =
  /** It is none of this server's, or not for it. */
  | 'invalid'
  /** It was one. */
  | 'expired'
  /** It is one, and not enough. */
  | 'insufficient'
  /** Nobody can tell now. */
  | 'unavailable';

/** A token that lets nobody in. Its message is told to who sent it, and never holds the token. */
export class TokenFault extends Error {
  readonly kind: TokenFaultKind;
  /** What would be enough. */
  readonly scopes: readonly string[];

  constructor(kind: TokenFaultKind, message: string, { scopes = [], cause }: { scopes?: readonly string[]; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'TokenFault';
    this.kind = kind;
    this.scopes = scopes;
  }
}
