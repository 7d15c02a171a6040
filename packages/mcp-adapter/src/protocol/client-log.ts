/** As RFC 5424 has them, and MCP. */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;

export type ClientLevel = (typeof LEVELS)[number];

/** Tells a client what it asked to be told; nothing until then. */
export class ClientLog {
  readonly #send: (level: ClientLevel, data: object) => void;
  #level: ClientLevel | undefined;

  constructor(send: (level: ClientLevel, data: object) => void) {
    this.#send = send;
  }

  /** From now on this level, and those that weigh more. */
  setLevel(level: ClientLevel): void {
    this.#level = level;
  }

  /** Whether it asked to be told of such things. */
  wants(level: ClientLevel): boolean {
    return this.#level !== undefined && LEVELS.indexOf(level) >= LEVELS.indexOf(this.#level);
  }

  tell(level: ClientLevel, data: object): void {
    if (this.wants(level)) this.#send(level, data);
  }
}
