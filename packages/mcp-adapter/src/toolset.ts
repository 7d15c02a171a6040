import { setImmediate } from 'node:timers/promises';
import type { Logger } from '@errand/core';
import { Jobs } from './jobs/jobs.ts';
import { jobsOn } from './jobs/seen-jobs.ts';
import { refuseOfNoUse } from './offered-tools.ts';
import { Runner } from './runs/runner.ts';
import type { Scope } from './scope.ts';
import { TargetList, type Targets } from './targets.ts';
import { type CheckedToolOptions, checkToolOptions, type ToolOptions } from './tool-options.ts';
import { ToolView } from './tool-view.ts';

/** Each is made again where it is asked for and not kept any more. */
const MAX_VIEWS = 256;

/** Errand's tools with the commands that they have started. */
export class Toolset {
  /** All of them, on all targets. */
  readonly whole: ToolView;
  readonly #targets: TargetList;
  readonly #options: CheckedToolOptions;
  readonly #jobs: Jobs;
  readonly #runner: Runner;
  readonly #views = new Map<string, ToolView>();

  /** @throws ExecError `EXEC_INVALID_OPTION` that names the option. */
  constructor(targets: Targets, options: ToolOptions, logger?: Logger) {
    this.#options = checkToolOptions(options);
    this.#targets = new TargetList(targets, this.#options);
    this.#jobs = new Jobs(this.#targets, this.#options, logger);
    this.#runner = new Runner(this.#jobs);
    refuseOfNoUse(options.include ?? [], this.#targets, this.#options);
    this.whole = new ToolView({
      key: '',
      all: this.#targets,
      targets: this.#targets,
      jobs: this.#jobs,
      seen: this.#jobs,
      runner: this.#runner,
      options: this.#options,
    });
  }

  /** What a caller is offered; nothing where that has no target, or no tool. */
  view({ targets, tools }: Scope): ToolView | undefined {
    if (targets === undefined && tools === undefined) return this.whole;
    const names = this.#targets.names.filter((name) => targets?.includes(name) ?? true);
    const offered = tools && this.whole.names.filter((name) => tools.includes(name));
    const key = JSON.stringify([names, offered ?? null]);
    const view = this.#views.get(key) ?? this.#makeView(key, names, offered);
    if (view === undefined || view.names.length === 0) return undefined;
    if (this.#views.size >= MAX_VIEWS) this.#views.clear();
    this.#views.set(key, view);
    return view;
  }

  /** Starts nothing more, and resolves when nothing runs any more, or when `patience` ends. What runs is still read and written to. */
  async drain(patience: AbortSignal): Promise<void> {
    await this.#jobs.drain(patience);
  }

  /** Ends the commands and sessions that the tools have started, but what is in the background, and resolves when their callers were told; later calls answer `EXEC_CLOSED`. */
  async close(): Promise<void> {
    await this.#jobs.close();
    // Between a tool's end and the answer's way to the transport the SDK awaits only what is there already: one turn is enough.
    await setImmediate();
  }

  #makeView(key: string, names: readonly string[], tools: readonly string[] | undefined): ToolView | undefined {
    const targets = this.#targets.among(names, this.#options);
    if (targets === undefined) return undefined;
    const isOffered = (name: string): boolean => tools?.includes(name) ?? true;
    const { include, tools: configured } = this.#options;
    const options = {
      ...this.#options,
      include: new Set([...include].filter(isOffered)),
      tools: Object.fromEntries(Object.entries(configured).filter(([name]) => isOffered(name))),
    };
    const seen = jobsOn(this.#jobs, targets);
    return new ToolView({ key, all: this.#targets, targets, jobs: this.#jobs, seen, runner: this.#runner, options });
  }
}
