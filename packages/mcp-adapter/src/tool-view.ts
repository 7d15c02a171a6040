import { ExecError } from '@errand/core';
import { toCall, type V1Context, type V2Context } from './call.ts';
import { configuredTools } from './configured/configured-tools.ts';
import { contentOnly } from './content-only.ts';
import { fileTools } from './files/file-tools.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { SeenJobs } from './jobs/seen-jobs.ts';
import type { McpServerLike, RegisteredTool } from './mcp-server-like.ts';
import { isOfUse } from './offered-tools.ts';
import { prefixed, withPrefix } from './prefixed.ts';
import type { Runner } from './runs/runner.ts';
import type { TargetList } from './targets.ts';
import type { OwnTool, Tool } from './tool.ts';
import type { ToolName } from './tool-names.ts';
import type { CheckedToolOptions } from './tool-options.ts';
import { closeSessionTool } from './tools/close-session.ts';
import { listJobsTool } from './tools/list-jobs.ts';
import { listTargetsTool } from './tools/list-targets.ts';
import { readOutputTool } from './tools/read-output.ts';
import { runCommandTool } from './tools/run-command.ts';
import { signalJobTool } from './tools/signal-job.ts';
import { writeStdinTool } from './tools/write-stdin.ts';

/** What tools are made of. */
export interface ToolViewParts {
  /** Tells views apart. */
  readonly key: string;
  /** Of the server. */
  readonly all: TargetList;
  /** Those of the view. */
  readonly targets: TargetList;
  readonly jobs: Jobs;
  readonly seen: SeenJobs;
  readonly runner: Runner;
  /** With those tools alone that the view has. */
  readonly options: CheckedToolOptions;
}

/** The tools for callers who are offered the same; they can be added to any number of servers. */
export class ToolView {
  readonly key: string;
  readonly targets: TargetList;
  readonly #options: CheckedToolOptions;
  readonly #tools: readonly Tool[];

  /** @throws ExecError `EXEC_INVALID_OPTION` that names the option. */
  constructor({ key, all, targets, jobs, seen, runner, options }: ToolViewParts) {
    this.key = key;
    this.targets = targets;
    this.#options = options;
    const own: readonly OwnTool[] = [
      runCommandTool(targets, runner, options),
      ...[readOutputTool, writeStdinTool, signalJobTool, listJobsTool].map((make) => make(seen, options)),
      closeSessionTool(targets, jobs.sessions, options),
      ...fileTools({ targets, options, closing: jobs.closing }),
      listTargetsTool(targets, options),
    ];
    const configured = configuredTools({ all, targets, jobs, runner, options });
    const offered = [...configured, ...own.filter(({ name }) => this.#isOffered(name)).map((tool) => prefixed(tool, options.prefix))];
    const allowed = offered.filter(({ annotations }) => annotations.readOnlyHint || !options.readOnly);
    this.#tools = options.results === 'content' ? allowed.map(contentOnly) : allowed;
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
      return server.registerTool(name, config, (args: Record<string, unknown>, context: V1Context | V2Context) =>
        tool.run(args, { ...toCall(context), connection }),
      );
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
}
