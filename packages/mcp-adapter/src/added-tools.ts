import { ExecError } from '@errand/core';
import { toCall, type V1Context, type V2Context } from './call.ts';
import type { McpServerLike, RegisteredTool } from './mcp-server-like.ts';
import type { Tool } from './tool.ts';
import type { ToolView } from './tool-view.ts';

interface Added {
  /** Which one answers is looked up with each call. */
  tool: Tool;
  readonly listed: string;
  readonly registered: RegisteredTool;
}

/** The tools of a view on one server, which may get those of another. */
export class AddedTools {
  readonly #server: McpServerLike;
  readonly #connection: AbortSignal | undefined;
  readonly #added = new Map<string, Added>();

  /** What is called through this server ends when `connection` aborts. */
  constructor(server: McpServerLike, connection: AbortSignal | undefined) {
    this.#server = server;
    this.#connection = connection;
  }

  /**
   * Offers those of `view` and no others; what clients see no difference in is not touched. A call that is being answered goes on as it began.
   *
   * @throws ExecError `EXEC_INVALID_OPTION` when the server has a tool of such a name; then this one offers nothing
   */
  show(view: ToolView | undefined): void {
    const wanted = new Map(view?.registrations.map((each) => [each.name, each]));
    for (const [name, { listed }] of this.#added) if (wanted.get(name)?.listed !== listed) this.#remove(name);
    for (const [name, { tool, listed }] of wanted) {
      const kept = this.#added.get(name);
      if (kept) kept.tool = tool;
      else this.#add(name, tool, listed, view);
    }
  }

  remove(): void {
    for (const name of [...this.#added.keys()]) this.#remove(name);
  }

  #remove(name: string): void {
    this.#added.get(name)?.registered.remove();
    this.#added.delete(name);
  }

  #add(name: string, tool: Tool, listed: string, view: ToolView | undefined): void {
    const { title, description, inputSchema, outputSchema, annotations } = tool;
    const config = { description, inputSchema, annotations, ...(title !== undefined && { title }), ...(outputSchema && { outputSchema }) };
    try {
      const registered = this.#server.registerTool(name, config, (args: Record<string, unknown>, context: V1Context | V2Context) => {
        const { tool: now } = this.#added.get(name) ?? { tool };
        const call = { ...toCall(context), connection: this.#connection };
        return view ? view.during(() => now.run(args, call)) : now.run(args, call);
      });
      this.#added.set(name, { tool, listed, registered });
    } catch (cause) {
      this.remove();
      if (!(cause instanceof Error && cause.message.includes('already registered'))) throw cause;
      const message = `prefix: the server already has a tool named '${name}'. Allowed: a prefix that makes the names unique.`;
      throw new ExecError('EXEC_INVALID_OPTION', message, { cause, detail: { option: 'prefix', name } });
    }
  }
}
