import type { AuthInfo } from '../auth-info.ts';
import type { ToolView } from '../tool-view.ts';

/** Who is at the other end of a server. */
export interface Connection {
  /** A client of 2026-07-28 subscribes and sets levels with each request, and not at a server. */
  readonly era: 'legacy' | 'modern';
  readonly authInfo?: AuthInfo | undefined;
}

/** What a server's client is offered at the moment; nothing where that has no target, or no tool, any more. */
export type CurrentView = () => ToolView | undefined;
