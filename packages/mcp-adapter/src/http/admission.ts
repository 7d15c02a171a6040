import { narrowed } from '../scope.ts';
import type { ToolView } from '../tool-view.ts';
import type { Toolset } from '../toolset.ts';
import type { Admitted } from './admitted.ts';
import type { Authenticate } from './authentication.ts';
import type { CheckedHttpOptions } from './http-options.ts';
import type { Caller } from './principal.ts';
import { audiencesOf } from './resource.ts';
import { TokenFault } from './token-fault.ts';

/** Gives what a token is let in to at a path; nothing where its bearer is not to know that there is such a target. */
export type Admit = (token: string, target: string | undefined) => Promise<Admitted | undefined>;

/** @throws TokenFault from it, where the token lets nobody in */
export function makeAdmit(authenticate: Authenticate, toolset: Toolset, options: Pick<CheckedHttpOptions, 'jwt' | 'url'>): Admit {
  return async (token, target) => {
    const caller = await authenticate(token);
    if (!isFor(caller, audiencesOf(options, target))) throw new TokenFault('invalid', 'The token is not for this server');
    const view = viewOf(caller, toolset, target);
    if (view) return { caller, view };
    if (target !== undefined) return undefined;
    throw new TokenFault('insufficient', 'The token is for no target and no tool of this server');
  };
}

function viewOf({ targets, tools }: Caller, toolset: Toolset, target: string | undefined): ToolView | undefined {
  return toolset.view({ targets: narrowed(targets, target === undefined ? undefined : [target]), tools });
}

/** Of tokens that are this server's own there is nothing to ask. */
function isFor(caller: Caller, audiences: readonly string[]): boolean {
  if (!('audience' in caller)) return true;
  return Array.isArray(caller.audience) && caller.audience.some((each) => audiences.includes(each));
}
