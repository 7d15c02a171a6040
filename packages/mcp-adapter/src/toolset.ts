import { setImmediate } from 'node:timers/promises';
import { ExecError } from '@errand/core';
import type { z } from 'zod';
import { toCall, type V1Context, type V2Context } from './call.ts';
import { configuredTools } from './configured/configured-tools.ts';
import { contentOnly } from './content-only.ts';
import { fileTools } from './files/file-tools.ts';
import { Jobs } from './jobs/jobs.ts';
import { isOfUse, refuseOfNoUse } from './offered-tools.ts';
import { prefixed, withPrefix } from './prefixed.ts';
import { Runner } from './runs/runner.ts';
import { TargetList, type Targets } from './targets.ts';
import type { OwnTool, Tool, ToolAnnotations, ToolResult } from './tool.ts';
import type { ToolName } from './tool-names.ts';
import { type CheckedToolOptions, checkToolOptions, type ToolOptions } from './tool-options.ts';
import { closeSessionTool } from './tools/close-session.ts';
import { listJobsTool } from './tools/list-jobs.ts';
import { listTargetsTool } from './tools/list-targets.ts';
import { readOutputTool } from './tools/read-output.ts';
import { runCommandTool } from './tools/run-command.ts';
import { signalJobTool } from './tools/signal-job.ts';
import { writeStdinTool } from './tools/write-stdin.ts';

/** The part of an `McpServer` that is used; those of `@modelcontextprotocol/sdk` (v1) and of `@modelcontextprotocol/server` (v2) have it. */
export interface McpServerLike {
  registerTool(
    name: string,
    config: {
      title?: string;
      description: string;
      inputSchema: Tool['inputSchema'];
      outputSchema?: z.ZodObject;
      annotations: ToolAnnotations;
    },
    callback: (args: Record<string, unknown>, context: V1Context | V2Context) => Promise<ToolResult>,
  ): RegisteredTool;
}

/** What an `McpServer` gives for a tool that it has. */
export interface RegisteredTool {
  remove(): void;
}

/** Errand's tools with the commands that they have started; they can be added to any number of servers. */
export class Toolset {
  readonly targets: TargetList;
  readonly #options: CheckedToolOptions;
  readonly #jobs: Jobs;
  readonly #tools: readonly Tool[];

  /** @throws ExecError `EXEC_INVALID_OPTION` that names the option. */
  constructor(targets: Targets, options: ToolOptions) {
    this.#options = checkToolOptions(options);
    this.targets = new TargetList(targets, this.#options);
    this.#jobs = new Jobs(this.targets, this.#options);
    const runner = new Runner(this.#jobs);
    const own: readonly OwnTool[] = [
      runCommandTool(this.targets, runner, this.#options),
      ...[readOutputTool, writeStdinTool, signalJobTool, listJobsTool].map((make) => make(this.#jobs, this.#options)),
      closeSessionTool(this.targets, this.#jobs.sessions, this.#options),
      ...fileTools({ targets: this.targets, options: this.#options, closing: this.#jobs.closing }),
      listTargetsTool(this.targets, this.#options),
    ];
    refuseOfNoUse(options.include ?? [], this.targets, this.#options);
    const configured = configuredTools({ targets: this.targets, jobs: this.#jobs, runner, options: this.#options });
    const offered = [...configured, ...own.filter(({ name }) => this.#isOffered(name)).map((tool) => prefixed(tool, this.#options.prefix))];
    const allowed = offered.filter(({ annotations }) => annotations.readOnlyHint || !this.#options.readOnly);
    this.#tools = this.#options.results === 'content' ? allowed.map(contentOnly) : allowed;
  }

  /**
   * Adds all of the tools, or none. What is called through this server ends when `connection` aborts.
   *
   * @throws ExecError `EXEC_INVALID_OPTION` when the server has a tool of such a name.
   */
  addTo(server: McpServerLike, connection?: AbortSignal): readonly RegisteredTool[] {
    const added: RegisteredTool[] = [];
    try {
      for (const tool of this.#tools) added.push(this.#add(tool, server, connection));
    } catch (error) {
      for (const tool of added) tool.remove();
      throw error;
    }
    return added;
  }

  #isOffered(name: ToolName): boolean {
    return this.#options.include.has(name) && isOfUse(name, this.targets, this.#options);
  }

  #add(tool: Tool, server: McpServerLike, connection: AbortSignal | undefined): RegisteredTool {
    const { title, description, inputSchema, outputSchema, annotations } = tool;
    const name = this.#options.prefix + tool.name;
    try {
      const config = {
        description,
        inputSchema,
        annotations,
        ...(title !== undefined && { title }),
        ...(outputSchema && { outputSchema }),
      };
      return server.registerTool(name, config, (args, context) => tool.run(args, { ...toCall(context), connection }));
    } catch (cause) {
      if (!(cause instanceof Error && cause.message.includes('already registered'))) throw cause;
      const message = `prefix: the server already has a tool named '${name}'. Allowed: a prefix that makes the names unique.`;
      throw new ExecError('EXEC_INVALID_OPTION', message, { cause, detail: { option: 'prefix', name } });
    }
  }

  /** Text of ours, with the prefix before the names of tools. */
  withPrefix(text: string): string {
    return withPrefix(text, this.#options.prefix);
  }

  /** Without the prefix. */
  get names(): readonly string[] {
    return this.#tools.map(({ name }) => name);
  }

  /** Ends the commands and sessions that the tools have started, but what is in the background, and resolves when their callers were told; later calls answer `EXEC_CLOSED`. */
  async close(): Promise<void> {
    await this.#jobs.close();
    // Between a tool's end and the answer's way to the transport the SDK awaits only what is there already: one turn is enough.
    await setImmediate();
  }
}
