import type { ExecError } from '@errand/core';
import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware } from '../ssh-client.ts';

/** A way to say who we are. */
export interface Credential {
  /** What the server has to allow for it. */
  readonly type: Extract<AuthenticationType, 'publickey' | 'password' | 'keyboard-interactive'>;
  /** In messages; no secret. Where it cannot be offered, it says why. */
  readonly name: string;
  /** The public key in base64, where it is known: none is offered twice. */
  readonly key?: string;
  /** What it stands in for: it is not offered where the server takes that. */
  readonly unless?: AuthenticationType;
  /** Whether it may serve again once it was accepted and more is asked for. */
  readonly repeats?: boolean;
  /** What an agent was asked to do, and did. */
  readonly signature?: () => 'none' | 'made' | 'refused';
  /**
   * Called when its turn has come. `fail` is for what goes wrong after it resolved. Absent: there is nothing to offer.
   *
   * @throws ExecError `EXEC_AUTH`, which ends the login
   */
  readonly offer?: (fail: (fault: ExecError) => void) => Promise<AnyAuthMethod>;
}

/** What became of it, for messages. */
export interface AuthenticationRecord {
  readonly tried: readonly string[];
  /** What there was besides, and the server would not take. */
  readonly untried: readonly string[];
  /** What the server would take; undefined where it never said. */
  readonly offered: readonly string[] | undefined;
  /** What ended it on our side. */
  readonly fault: ExecError | undefined;
}

/** Offers credentials in their order, those that the server would take. */
export class Authentication implements AuthenticationRecord {
  readonly #credentials: readonly Credential[];
  readonly #used = new Set<Credential>();
  /** Of those used, what may serve again. */
  readonly #again = new Set<Credential>();
  readonly #username: string;
  readonly #tried: string[] = [];
  #offered: readonly AuthenticationType[] | undefined;
  #current: Credential | undefined;
  #fault: ExecError | undefined;

  constructor(username: string, credentials: readonly Credential[]) {
    this.#username = username;
    this.#credentials = credentials;
  }

  /** It grows as the login goes on. */
  get record(): AuthenticationRecord {
    return this;
  }

  get tried(): readonly string[] {
    return this.#tried;
  }

  get untried(): readonly string[] {
    const unused = this.#credentials.filter((credential) => !this.#used.has(credential) && !credential.unless);
    return unused.map(({ name }) => name);
  }

  get offered(): readonly string[] | undefined {
    return this.#offered;
  }

  get fault(): ExecError | undefined {
    return this.#fault;
  }

  readonly handler: AuthHandlerMiddleware = (left, isPartial, next) => {
    const none = { type: 'none', username: this.#username } as const;
    // At first nobody knows what the server takes: it says so in refusing `none`, which some accounts get in by.
    if (!left) return next(none);
    const last = this.#current;
    this.#current = undefined;
    // ssh2 makes an array of each answer, and hands on the old one where there was none, or it went to an agent's key.
    const isAnswer = left !== this.#offered;
    this.#offered = left;
    if (last && isAnswer) this.#answered(last, isPartial);
    else if (last?.signature?.() === 'made') return next(none);
    else if (last) this.#unanswered(last);
    this.#offer(this.#fault ? undefined : this.#nextOf(left), next);
  };

  #offer(credential: Credential | undefined, next: (method: AnyAuthMethod) => void): void {
    // ssh2 takes `false` for the end; its types do not know that.
    const end = (): void => next(false as never);
    if (!credential?.offer) return end();
    this.#current = credential;
    this.#tried.push(credential.name);
    const fail = (fault: ExecError): void => {
      this.#fault ??= fault;
    };
    credential.offer(fail).then(next, (fault) => {
      fail(fault);
      end();
    });
  }

  #nextOf(left: readonly AuthenticationType[]): Credential | undefined {
    // In the caller's order, whatever was passed over before: after a partial success the server takes something else.
    for (const credential of this.#credentials) {
      const { type, unless, name, offer } = credential;
      if (!left.includes(type) || (unless && left.includes(unless))) continue;
      if (this.#used.has(credential) && !this.#again.delete(credential)) continue;
      this.#used.add(credential);
      if (offer) return credential;
      this.#tried.push(name);
    }
    return undefined;
  }

  #answered(credential: Credential, isPartial: boolean): void {
    if (!isPartial) return;
    this.#remark('accepted, but not enough');
    if (credential.repeats) this.#again.add(credential);
  }

  /** ssh2 went on by itself. An agent's key that was refused before it had to sign needs no remark. */
  #unanswered({ signature }: Credential): void {
    if (!signature) this.#remark('no algorithm in common with the server');
    else if (signature() === 'refused') this.#remark('the agent did not sign');
  }

  #remark(text: string): void {
    this.#tried.push(`${this.#tried.pop()} (${text})`);
  }
}
