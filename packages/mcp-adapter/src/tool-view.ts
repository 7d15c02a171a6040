import { z } from 'zod';
import { AddedTools } from './added-tools.ts';
import { configuredTools } from './configured/configured-tools.ts';
import { contentOnly } from './content-only.ts';
import { fileTools } from './files/file-tools.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { SeenJobs } from './jobs/seen-jobs.ts';
import type { McpServerLike } from './mcp-server-like.ts';
import { isOfUse } from './offered-tools.ts';
import { prefixed, withPrefix } from './prefixed.ts';
import type { Runner } from './runs/runner.ts';
import type { Scope } from './scope.ts';
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
  /** Tells the views of different scopes apart. */
  readonly key: string;
  /** Whose view it is. */
  readonly scope: Scope;
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

/** A tool as a server has it. */
export interface Registration {
  readonly name: string;
  readonly tool: Tool;
  /** Two that have the same are one to clients. */
  readonly listed: string;
}

/** The tools for callers who are offered the same; they can be added to any number of servers. */
export class ToolView {
  readonly key: string;
  readonly scope: Scope;
  readonly targets: TargetList;
  readonly seen: SeenJobs;
  readonly #jobs: Jobs;
  readonly options: CheckedToolOptions;
  readonly #tools: readonly Tool[];
  #registrations: readonly Registration[] | undefined;

  /** @throws ExecError `EXEC_INVALID_OPTION` that names the option. */
  constructor({ key, scope, all, targets, jobs, seen, runner, options }: ToolViewParts) {
    this.key = key;
    this.scope = scope;
    this.#jobs = jobs;
    this.seen = seen;
    this.targets = targets;
    this.options = options;
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
  addTo(server: McpServerLike, connection?: AbortSignal): AddedTools {
    const added = new AddedTools(server, connection);
    added.show(this);
    return added;
  }

  /** The tools under the names that clients call, each with all that a client is told of it. */
  get registrations(): readonly Registration[] {
    this.#registrations ??= this.#tools.map((tool) => ({ name: this.options.prefix + tool.name, tool, listed: listedAs(tool) }));
    return this.#registrations;
  }

  /** Answers a call: what it uses is not let go of before. */
  during<T>(work: () => Promise<T>): Promise<T> {
    return this.#jobs.calls.during(work);
  }

  #isOffered(name: ToolName): boolean {
    return this.options.include.has(name) && isOfUse(name, this.targets, this.options);
  }

  /** Text of ours, with the prefix before the names of tools. */
  withPrefix(text: string): string {
    return withPrefix(text, this.options.prefix);
  }

  /** Whether it has one of Errand's own. */
  has(name: ToolName): boolean {
    return this.names.includes(name);
  }

  /** Without the prefix. */
  get names(): readonly string[] {
    return this.#tools.map(({ name }) => name);
  }
}

function listedAs({ title, description, annotations, inputSchema, outputSchema }: Tool): string {
  const schemas = [inputSchema, outputSchema].map((schema) => schema && z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return JSON.stringify([title, description, annotations, schemas]);
}
