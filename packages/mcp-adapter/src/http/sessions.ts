import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { AuthInfo, McpServer } from '@modelcontextprotocol/server';
import { nameOf } from './principal.ts';
import { refusal } from './refusal.ts';
import { SessionTransport } from './session-transport.ts';

interface Session {
  /** Who opened it, by name. */
  readonly owner: string | undefined;
  readonly server: McpServer;
  readonly transport: SessionTransport;
  openRequests: number;
  idleSince: number;
  idleTimer?: NodeJS.Timeout;
}

/** How many sessions there may be, and for how long they may be idle. */
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
  readonly #makeServer: () => McpServer;
  readonly #limits: SessionLimits;
  #opening = 0;

  constructor(makeServer: () => McpServer, limits: SessionLimits) {
    this.#makeServer = makeServer;
    this.#limits = limits;
  }

  /** Keeps the session of a request from being idle until its response is closed. */
  hold(id: string, sender: string | undefined, response: ServerResponse): void {
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
  async fetch(request: Request, authInfo: AuthInfo | undefined): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    if (id === null) return await this.#open(request, authInfo);
    const session = this.#find(id, nameOf(authInfo));
    if (session === undefined) return refusal(404, -32_001, 'Session not found: it ended, or was idle too long. Initialize a new one.');
    return await session.transport.handleRequest(request, withAuth(authInfo));
  }

  /** Ends all sessions with what runs in them. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ server }) => server.close()));
  }

  #find(id: string, sender: string | undefined): Session | undefined {
    const session = this.#sessions.get(id);
    return session?.owner === sender ? session : undefined;
  }

  /** Without a session id only `initialize` is right; the transport answers what is not, and its server is then dropped. */
  async #open(request: Request, authInfo: AuthInfo | undefined): Promise<Response> {
    this.#opening += 1;
    try {
      const isOneTooMany = this.#sessions.size + this.#opening > this.#limits.maxSessions;
      if (!isOneTooMany || (await this.#endLongestIdle())) return await this.#openOne(request, authInfo);
      return refusal(503, -32_000, `All ${this.#limits.maxSessions} sessions are in use: try again later.`);
    } finally {
      this.#opening -= 1;
    }
  }

  async #openOne(request: Request, authInfo: AuthInfo | undefined): Promise<Response> {
    const server = this.#makeServer();
    const transport = new SessionTransport({
      sessionIdGenerator: randomUUID,
      maxRequestBodySize: this.#limits.maxBodyBytes,
      onsessioninitialized: (id) => this.#add(id, { owner: nameOf(authInfo), server, transport, openRequests: 0, idleSince: 0 }),
    });
    await server.connect(transport);
    const response = await transport.handleRequest(request, withAuth(authInfo));
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

  async #endLongestIdle(): Promise<boolean> {
    const idle = [...this.#sessions.values()].filter((session) => session.openRequests === 0);
    const [longest] = idle.toSorted((a, b) => a.idleSince - b.idleSince);
    await longest?.server.close();
    return longest !== undefined;
  }
}

function withAuth(authInfo: AuthInfo | undefined): { authInfo?: AuthInfo } {
  return authInfo === undefined ? {} : { authInfo };
}
