import { toErrorResult } from '../error-result.ts';
import { ownerOf } from '../jobs/owner.ts';
import type { NamedSessions } from '../sessions/named-sessions.ts';
import type { TargetList } from '../targets.ts';
import type { OwnTool } from '../tool.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { SESSION, TARGET } from './fields.ts';
import { toolInput } from './tool-input.ts';

const inputSchema = toolInput({ session: SESSION.describe('Its name.'), target: TARGET });

/** The tool that ends a session. */
export function closeSessionTool(targets: TargetList, sessions: NamedSessions, options: CheckedToolOptions): OwnTool {
  return {
    name: 'close_session',
    title: 'Close a session',
    description: 'Ends a session with all that runs in it.',
    inputSchema,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    run: async (args, call) => {
      const { session: name, target } = inputSchema.parse(args);
      try {
        const place = { name, target: targets.resolve(target).executor.name };
        await sessions.close(ownerOf(options.tenant, call), place);
        const text = `session ${name} on ${place.target} is closed: its directory, variables and background jobs are gone`;
        return { content: [{ type: 'text', text }], structuredContent: { session: name, target: place.target, session_state: 'closed' } };
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}
