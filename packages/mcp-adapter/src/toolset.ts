import { setImmediate } from 'node:timers/promises';
import type { Executor, Logger } from '@errand/core';
import type { AddedTools } from './added-tools.ts';
import type { AuthInfo } from './auth-info.ts';
import type { JobEvent } from './jobs/job-log.ts';
import { Jobs } from './jobs/jobs.ts';
import { type Owner, ownerOf } from './jobs/owner.ts';
import { jobsOn } from './jobs/seen-jobs.ts';
import { refuseOfNoUse } from './offered-tools.ts';
import type { ClientLog } from './protocol/client-log.ts';
import { Runner } from './runs/runner.ts';
import type { Scope } from './scope.ts';
import { TargetList, type Targets } from './targets.ts';
import { type CheckedToolOptions, checkToolOptions, type FixedOptions, type OfferedOptions, type ToolOptions } from './tool-options.ts';
import { ToolView } from './tool-view.ts';

/** Each is made again where it is asked for and not kept any more. */
const MAX_VIEWS = 256;

/** Tools on a server. */
export interface Shown {
  readonly added: AddedTools;
  readonly scope: Scope;
  /** Whose client it has. */
  readonly owner: () => Owner;
  readonly log: ClientLog;
  /** Tells its client that targets are others. */
  readonly changed: () => void;
}

/** Errand's tools with the commands that they have started. */
export class Toolset {
  readonly #fixed: FixedOptions;
  readonly #servers = new Set<Shown>();
  #whole: ToolView;
  #targets: TargetList;
  #options: CheckedToolOptions;
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
    this.#fixed = fixedOf(options);
    this.#jobs.log.listener = (owner, event) => this.#tellOwner(owner, event);
    this.#whole = this.#wholeOf(this.#targets, this.#options);
  }

  /** All of them, on all targets. */
  get whole(): ToolView {
    return this.#whole;
  }

  /**
   * Offers other targets and tools from now on, on servers that have tools already, too. What runs goes on where it began, and is found as before.
   *
   * @returns whether a client sees a difference
   * @throws ExecError `EXEC_INVALID_OPTION` that names the option; then nothing has changed
   */
  update(executors: Targets, given: OfferedOptions): boolean {
    const options = checkToolOptions({ ...given, ...this.#fixed });
    const targets = new TargetList(executors, options);
    refuseOfNoUse(given.include ?? [], targets, options);
    const whole = this.#wholeOf(targets, options);
    const isOther = faceOf(whole) !== faceOf(this.#whole);
    const areTargetsOthers = whole.targets.names.join() !== this.#whole.targets.names.join();
    this.#targets = targets;
    this.#options = options;
    this.#whole = whole;
    this.#views.clear();
    this.#jobs.offer({ targets, options });
    for (const { added, scope, log, changed } of this.#servers) {
      added.show(this.view(scope));
      if (areTargetsOthers) changed();
      log.tell('notice', { message: 'The targets or tools of this server were changed' });
    }
    return isOther;
  }

  /**
   * Resolves when an executor that is not offered any more has nothing left to do for these tools: calls were answered, and what it runs ended,
   * but what is in the background. Its sessions are closed as soon as nothing runs in them.
   */
  async released(executor: Executor): Promise<void> {
    await this.#jobs.released(executor);
  }

  /**
   * Whose the commands of a caller are.
   *
   * @throws ExecError `EXEC_INVALID_OPTION` when a function of the server's gave what is no tenant
   */
  ownerOf(authInfo: AuthInfo | undefined): Owner {
    return ownerOf(this.#options.tenant, { authInfo });
  }

  /** Shows tools on a server, and others when they change, until the function that it gives is called. */
  keepShown(shown: Shown): () => void {
    this.#servers.add(shown);
    return () => void this.#servers.delete(shown);
  }

  /** What a caller is offered; nothing where that has no target, or no tool. */
  view(scope: Scope): ToolView | undefined {
    const { targets, tools } = scope;
    if (targets === undefined && tools === undefined) return this.#whole;
    const key = JSON.stringify([targets?.toSorted() ?? null, tools?.toSorted() ?? null]);
    const view = this.#views.get(key) ?? this.#makeView(key, scope);
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

  /** Each client is told of its own commands, on targets that it may see. */
  #tellOwner(owner: Owner, event: JobEvent): void {
    for (const shown of this.#servers) {
      // In this order: with each command all are asked, and few clients want to know.
      if (!shown.log.wants('info')) continue;
      if (shown.scope.targets?.includes(event.target) === false || shown.owner().id !== owner.id) continue;
      shown.log.tell('info', event);
    }
  }

  #wholeOf(targets: TargetList, options: CheckedToolOptions): ToolView {
    const jobs = this.#jobs;
    return new ToolView({ key: '', scope: {}, all: targets, targets, jobs, seen: jobs, runner: this.#runner, options });
  }

  #makeView(key: string, scope: Scope): ToolView | undefined {
    const names = this.#targets.names.filter((name) => scope.targets?.includes(name) ?? true);
    const targets = this.#targets.among(names, this.#options);
    if (targets === undefined) return undefined;
    const isOffered = (name: string): boolean => scope.tools?.includes(name) ?? true;
    const { include, tools: configured } = this.#options;
    const options = {
      ...this.#options,
      include: new Set([...include].filter(isOffered)),
      tools: Object.fromEntries(Object.entries(configured).filter(([name]) => isOffered(name))),
    };
    const seen = scope.targets === undefined ? this.#jobs : jobsOn(this.#jobs, scope.targets);
    return new ToolView({ key, scope, all: this.#targets, targets, jobs: this.#jobs, seen, runner: this.#runner, options });
  }
}

/** All that a client may see of it. */
function faceOf({ registrations, targets }: ToolView): string {
  return JSON.stringify([registrations.map(({ name, listed }) => [name, listed]), targets.names]);
}

function fixedOf({ prefix, tenant, stateDirectory, jobTtlMs, maxJobOutputBytes }: ToolOptions): FixedOptions {
  return {
    ...(prefix !== undefined && { prefix }),
    ...(tenant !== undefined && { tenant }),
    ...(stateDirectory !== undefined && { stateDirectory }),
    ...(jobTtlMs !== undefined && { jobTtlMs }),
    ...(maxJobOutputBytes !== undefined && { maxJobOutputBytes }),
  };
}
