import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware } from '../ssh-client.ts';

/** A question of the server, such as for a one-time code. */
export interface AuthenticationPrompt {
  readonly prompt: string;
  /** Whether what is typed may be shown. */
  readonly echo: boolean;
}

/** A way to say who we are. */
export interface Credential {
  /** What the server has to allow for it. */
  readonly type: Extract<AuthenticationType, 'publickey' | 'password' | 'keyboard-interactive'>;
  /** In messages; no secret. */
  readonly name: string;
  readonly method: AnyAuthMethod;
}

/** What became of it, for messages. */
export interface AuthenticationRecord {
  readonly tried: readonly string[];
  /** What the server would take; undefined where it never said. */
  readonly offered: readonly string[] | undefined;
}

/** Offers credentials in their order, those that the server would take. */
export class Authentication {
  readonly #credentials: readonly Credential[];
  readonly #username: string;
  readonly record: { readonly tried: string[]; offered: readonly string[] | undefined } = { tried: [], offered: undefined };
  #next = 0;

  constructor(username: string, credentials: readonly Credential[]) {
    this.#username = username;
    this.#credentials = credentials;
  }

  readonly handler: AuthHandlerMiddleware = (left, _partial, next) => {
    // At first nobody knows what the server takes: it says so in refusing `none`, which some accounts get in by.
    if (!left) return next({ type: 'none', username: this.#username });
    this.record.offered = left;
    for (let credential = this.#credentials[this.#next++]; credential; credential = this.#credentials[this.#next++]) {
      if (!left.includes(credential.type)) continue;
      this.record.tried.push(credential.name);
      return next(credential.method);
    }
    // ssh2 takes `false` for the end; its types do not know that.
    return next(false as never);
  };
}
