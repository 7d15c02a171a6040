import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { McpServer } from '@modelcontextprotocol/server';
import type { MakeServer } from '../mcp-server.ts';
import { type Admitted, admittedOf, sessionKey } from './admitted.ts';
import { refusal } from './refusal.ts';
import { type HandleOptions, SessionTransport } from './session-transport.ts';

interface Session {
  /** Who opened it, with what they were let in to. */
  readonly key: string;
  /** Their name, under which sessions are counted. */
  readonly caller: string;
  readonly server: McpServer;
  readonly transport: SessionTransport;
  openRequests: number;
  idleSince: number;
  idleTimer?: NodeJS.Timeout;
}

/** How many sessions a caller may have, and for how long they may be idle. */
export interface SessionLimits {
  readonly maxSessions: number;
  readonly sessionIdleMs: number;
  readonly maxBodyBytes: number;
}

/**
 * Serves 2025-era clients, each in a session with a server of its own: in a stateless one `notifications/cancelled` would
 * reach a server that knows nothing of the request.
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #makeServer: MakeServer;
  readonly #limits: SessionLimits;
  readonly #opening = new Map<string, number>();

  constructor(makeServer: MakeServer, limits: SessionLimits) {
    this.#makeServer = makeServer;
    this.#limits = limits;
  }

  /** Keeps the session of a request from being idle until its response is closed. */
  hold(id: string, sender: Admitted, response: ServerResponse): void {
    const session = this.#find(id, sender);
    if (session === undefined) return;
    session.openRequests += 1;
    clearTimeout(session.idleTimer);
    response.once('close', () => {
      session.openRequests -= 1;
      if (session.openRequests === 0) this.#startIdling(id, session);
    });
  }

  /** Answers one request. Another's session is none to its sender. */
  async fetch(request: Request, given: HandleOptions): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    const sender = admittedOf(given.authInfo);
    if (id === null) return await this.#open(request, given, sender);
    const session = this.#find(id, sender);
    if (session === undefined) return refusal(404, -32_001, 'Session not found: it ended, or was idle too long. Initialize a new one.');
    return await session.transport.handleRequest(request, given);
  }

  /** Ends all sessions with what runs in them. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ server }) => server.close()));
  }

  #find(id: string, sender: Admitted): Session | undefined {
    const session = this.#sessions.get(id);
    return session?.key === sessionKey(sender) ? session : undefined;
  }

  /** Without a session id only `initialize` is right; the transport answers what is not, and its server is then dropped. */
  async #open(request: Request, given: HandleOptions, sender: Admitted): Promise<Response> {
    const caller = callerOf(sender);
    const opening = (this.#opening.get(caller) ?? 0) + 1;
    this.#opening.set(caller, opening);
    try {
      const isOneTooMany = this.#of(caller).length + opening > this.#limits.maxSessions;
      if (!isOneTooMany || (await this.#endLongestIdle(caller))) return await this.#openOne(request, given, sender);
      return refusal(503, -32_000, `All ${this.#limits.maxSessions} sessions of yours are in use: try again later.`);
    } finally {
      const left = (this.#opening.get(caller) ?? 1) - 1;
      if (left > 0) this.#opening.set(caller, left);
      else this.#opening.delete(caller);
    }
  }

  async #openOne(request: Request, given: HandleOptions, sender: Admitted): Promise<Response> {
    const server = this.#makeServer(sender.view, { era: 'legacy', authInfo: given.authInfo });
    const transport = new SessionTransport({
      sessionIdGenerator: randomUUID,
      maxRequestBodySize: this.#limits.maxBodyBytes,
      onsessioninitialized: (id) =>
        this.#add(id, { key: sessionKey(sender), caller: callerOf(sender), server, transport, openRequests: 0, idleSince: 0 }),
    });
    await server.connect(transport);
    const response = await transport.handleRequest(request, given);
    if (transport.sessionId === undefined) await server.close();
    return response;
  }

  #add(id: string, session: Session): void {
    this.#sessions.set(id, session);
    const { onclose } = session.transport;
    session.transport.onclose = () => {
      clearTimeout(session.idleTimer);
      this.#sessions.delete(id);
      onclose?.();
    };
    this.#startIdling(id, session);
  }

  #startIdling(id: string, session: Session): void {
    if (!this.#sessions.has(id)) return;
    session.idleSince = performance.now();
    session.idleTimer = setTimeout(() => void session.server.close(), this.#limits.sessionIdleMs).unref();
  }

  #of(caller: string): readonly Session[] {
    return [...this.#sessions.values()].filter((session) => session.caller === caller);
  }

  async #endLongestIdle(caller: string): Promise<boolean> {
    const idle = this.#of(caller).filter((session) => session.openRequests === 0);
    const [longest] = idle.toSorted((a, b) => a.idleSince - b.idleSince);
    await longest?.server.close();
    return longest !== undefined;
  }
}

/** Whoever has no name is one. */
function callerOf({ caller }: Admitted): string {
  return JSON.stringify([caller.name ?? null]);
}
