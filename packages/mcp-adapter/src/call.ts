import type { AuthInfo } from './auth-info.ts';

/** What both SDK generations call progress. */
export interface ProgressNotification {
  readonly method: 'notifications/progress';
  readonly params: { readonly progressToken: string | number; readonly progress: number; readonly message?: string };
}

interface RequestMeta {
  readonly progressToken?: string | number | undefined;
}

/** What a tool's callback gets beside its arguments from SDK v1. */
export interface V1Context {
  readonly signal: AbortSignal;
  readonly sessionId?: string | undefined;
  readonly requestInfo?: object | undefined;
  readonly authInfo?: AuthInfo | undefined;
  readonly _meta?: RequestMeta | undefined;
  sendNotification(notification: ProgressNotification): Promise<void>;
}

/** What a tool's callback gets beside its arguments from SDK v2. */
export interface V2Context {
  readonly sessionId?: string | undefined;
  readonly http?: { readonly authInfo?: AuthInfo | undefined } | undefined;
  readonly mcpReq: {
    readonly signal: AbortSignal;
    readonly _meta?: RequestMeta | undefined;
    notify(notification: ProgressNotification): Promise<void>;
  };
}

/** One tools/call request, whichever SDK it came through. */
export interface Call {
  /** Aborts when the client cancels the request or is gone. */
  readonly signal: AbortSignal;
  /** Aborts when the connection or session is over; an SDK that lost sight of a request does not abort `signal` then. */
  readonly connection?: AbortSignal | undefined;
  /**
   * Over HTTP without a session (2026-07-28, and stateless servers of earlier revisions) an abort only says that the
   * response was closed: a cancel and a broken connection look the same, and after the latter the client sends again.
   */
  readonly abortIsAmbiguous: boolean;
  /** Who sent it; `undefined` where the server authenticates nobody. */
  readonly authInfo?: AuthInfo | undefined;
  /** Absent when the client did not ask for progress. */
  readonly sendProgress?: (progress: number, message: string) => Promise<void>;
}

/** Reads what the tools need from either SDK's context. */
export function toCall(context: V1Context | V2Context): Call {
  if ('mcpReq' in context) {
    const { http, mcpReq, sessionId } = context;
    const common = { signal: mcpReq.signal, abortIsAmbiguous: http !== undefined && sessionId === undefined, authInfo: http?.authInfo };
    return withProgress(common, mcpReq._meta, (sent) => mcpReq.notify(sent));
  }
  const { signal, requestInfo, sessionId, authInfo, _meta } = context;
  const common = { signal, abortIsAmbiguous: requestInfo !== undefined && sessionId === undefined, authInfo };
  return withProgress(common, _meta, (sent) => context.sendNotification(sent));
}

function withProgress(call: Call, meta: RequestMeta | undefined, notify: (notification: ProgressNotification) => Promise<void>): Call {
  const progressToken = meta?.progressToken;
  if (progressToken === undefined) return call;
  return {
    ...call,
    sendProgress: (progress, message) => notify({ method: 'notifications/progress', params: { progressToken, progress, message } }),
  };
}
