import type { KillScope } from '../driver.ts';
import type { Signal } from '../result.ts';
import type { Guard } from './warm-target.ts';

/**
 * Signals a command through its supervisor, which learns when its whole tree is being ended, and forgets it once it is over: what it
 * left then is not its to end any more, unless that ending had begun.
 */
export class SupervisedKill {
  readonly #supervisor: Guard;
  readonly #key: string;
  #over = false;
  #ending = false;

  /** @param key By which the supervisor knows the command. */
  constructor(supervisor: Guard, key: string) {
    this.#supervisor = supervisor;
    this.#key = key;
  }

  /** Whether its tree is being ended. */
  get isEnding(): boolean {
    return this.#ending;
  }

  /** The command is over. */
  end(): void {
    this.#over = true;
    if (!this.#ending) this.#supervisor.release(this.#key);
  }

  async send(signal: Signal | 'SIG0', scope: KillScope): Promise<boolean> {
    if (this.#over && !this.#ending) return false;
    if (scope === 'tree' && signal !== 'SIG0' && !this.#ending) {
      this.#ending = true;
      this.#supervisor.ending(this.#key);
    }
    const found = await this.#supervisor.signal(this.#key, signal, scope);
    if (!found && this.#over) this.#supervisor.release(this.#key);
    return found;
  }
}
