import { ExecError, type Executor } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { type Allowances, checkAllowances } from './allowed/allowances.ts';
import { checkExposed, type Exposed } from './allowed/exposed.ts';
import { checkFiles, type FilesAllowed } from './files/allowed-files.ts';
import { isJobOutput, JOB_OUTPUT_SAYS } from './tool-options.ts';

const MAX_DURATION_MS = 2_147_483_647;
const PAGE_SIZE = 50;
const NAMES_IN_MESSAGES = 10;
const ALLOWED_EXECUTORS = 'an executor, or an array of at least one, each by itself or as { executor, description, labels }';

/** An executor with what a model may want to know of it. */
export interface Target extends Allowances {
  readonly executor: Executor;
  /** One sentence: what this target is for. */
  readonly description?: string;
  /** What `list_targets` can select by. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * `run_command`'s timeout on this target where the call gives none, in milliseconds: 1 … `maxTimeoutMs`; default `defaultTimeoutMs` of
   * the tools' options.
   */
  readonly defaultTimeoutMs?: number;
  /** Bytes of each stream of a job that are kept: 65,536 … 2^53-1; default `maxJobOutputBytes` of the tools' options. */
  readonly maxJobOutputBytes?: number;
  /** What callers may run there: any command, the default, or configured tools alone. */
  readonly expose?: Exposed;
  /** What tools may do with its files; default `files` of the tools' options. */
  readonly files?: FilesAllowed;
}

/** Where tools may run commands: one executor, or several with different names. */
export type Targets = Executor | readonly (Executor | Target)[];

/** What `list_targets` selects by. */
export interface TargetQuery {
  /** A part of the name or of the description, in any case. */
  readonly query?: string | undefined;
  /** All of these labels, with these values. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** Options of the tools that concern targets. */
export interface TargetListOptions {
  readonly defaultTarget?: string | undefined;
  readonly maxTimeoutMs?: number;
}

/** What holds for all targets that do not say otherwise. */
export interface TimeoutBounds {
  readonly defaultTimeoutMs: number;
  readonly maxTimeoutMs: number;
}

/** At most 50 targets, in the order of their names. */
export interface TargetPage {
  readonly targets: readonly Target[];
  readonly nextCursor?: string;
}

/** The targets of one server, by name. A target's name is its executor's. */
export class TargetList {
  /** In the order in which they were given. */
  readonly first: Target;
  readonly #targets: ReadonlyMap<string, Target>;
  readonly #default: Target | undefined;

  /** @throws ExecError `EXEC_INVALID_OPTION` that names the option. */
  constructor(targets: Targets, { defaultTarget, maxTimeoutMs = MAX_DURATION_MS }: TargetListOptions = {}) {
    const list = isList(targets) ? targets : [targets];
    const entries = list.map(toTarget);
    const [first] = entries;
    if (first === undefined) throw invalidOption('executors', 'there is none', ALLOWED_EXECUTORS);
    const sorted = entries.toSorted((a, b) => compare(a.executor.name, b.executor.name));
    this.#targets = new Map(sorted.map((target) => [target.executor.name, target]));
    const twice = sorted.find((target, i) => target.executor.name === sorted[i - 1]?.executor.name);
    if (twice !== undefined) {
      throw invalidOption('executors', `two are named '${twice.executor.name}'`, 'executors with different names (their option `name`)');
    }
    for (const target of entries) {
      checkTimeout(target, maxTimeoutMs);
      checkJobOutput(target);
      checkExposed(target);
      checkAllowances(`executors.${target.executor.name}`, target, maxTimeoutMs);
      checkFiles('executors', target.files, `the files of '${target.executor.name}'`);
    }
    this.first = first;
    this.#default = this.#defaultOf(defaultTarget);
  }

  get names(): readonly string[] {
    return [...this.#targets.keys()];
  }

  /** What a call need not name where there are several. */
  get defaultName(): string | undefined {
    return this.#default?.executor.name;
  }

  get all(): readonly Target[] {
    return [...this.#targets.values()];
  }

  /** Whether a target has a default timeout of its own. */
  get haveTimeouts(): boolean {
    return [...this.#targets.values()].some(({ defaultTimeoutMs }) => defaultTimeoutMs !== undefined);
  }

  /**
   * The target with this name, of all or of some; without one the default, or the only one.
   *
   * @throws ExecError `EXEC_INVALID_OPTION` without a name where there are several, `EXEC_NOT_FOUND` for an unknown one.
   */
  resolve(name: string | undefined, among: readonly Target[] = this.all): Target {
    if (name === undefined && this.#default !== undefined && among.includes(this.#default)) return this.#default;
    const [only, another] = among;
    if (name === undefined && only !== undefined && another === undefined) return only;
    if (name === undefined) throw invalidOption('target', 'it is missing, and there are several', namesForMessage(among));
    const found = this.#targets.get(name);
    if (found !== undefined && among.includes(found)) return found;
    throw new ExecError('EXEC_NOT_FOUND', `target: there is none named '${name}'. Allowed: ${namesForMessage(among)}.`, {
      detail: { what: 'target', name },
    });
  }

  /** Those with these names; nothing where there is none. */
  among(names: readonly string[], options: TargetListOptions): TargetList | undefined {
    const some = [...this.#targets.values()].filter(({ executor }) => names.includes(executor.name));
    const isDefaultThere = this.defaultName !== undefined && names.includes(this.defaultName);
    const defaultTarget = isDefaultThere ? this.defaultName : undefined;
    return some.length === 0 ? undefined : new TargetList(some, { ...options, defaultTarget });
  }

  page({ query, labels, cursor }: TargetQuery): TargetPage {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const wanted = [...this.#targets.values()].filter(
      (target) =>
        (after === undefined || compare(target.executor.name, after) > 0) && matchesQuery(target, query) && hasLabels(target, labels),
    );
    const targets = wanted.slice(0, PAGE_SIZE);
    const last = targets.at(-1);
    if (wanted.length <= PAGE_SIZE || last === undefined) return { targets };
    return { targets, nextCursor: encodeCursor(last.executor.name) };
  }

  #defaultOf(name: string | undefined): Target | undefined {
    if (name === undefined) return undefined;
    const found = this.#targets.get(name);
    if (found === undefined) throw invalidOption('defaultTarget', `there is no executor named '${name}'`, namesForMessage(this.all));
    return found;
  }
}

/** Their names, or the first of them. */
export function namesForMessage(targets: readonly Target[]): string {
  const names = targets.map(({ executor }) => executor.name);
  const first = names.slice(0, NAMES_IN_MESSAGES).join(', ');
  return names.length <= NAMES_IN_MESSAGES ? first : `${first}, and ${names.length - NAMES_IN_MESSAGES} more in the list of targets`;
}

/** A target's own default timeout, as far as it and its backend allow. */
export function ownTimeout(target: Target): number | undefined {
  const { defaultTimeoutMs } = target;
  return defaultTimeoutMs === undefined ? undefined : longestTimeoutOf(target, { maxTimeoutMs: defaultTimeoutMs });
}

/** The timeout of a command that has none of its own. */
export function defaultTimeoutOf(target: Target, { defaultTimeoutMs, maxTimeoutMs }: TimeoutBounds): number {
  return ownTimeout(target) ?? Math.min(defaultTimeoutMs, longestTimeoutOf(target, { maxTimeoutMs }));
}

/** The longest timeout that a command of a target may have. */
export function longestTimeoutOf(target: Target, { maxTimeoutMs }: Pick<TimeoutBounds, 'maxTimeoutMs'>): number {
  return Math.min(maxTimeoutMs, target.maxTimeoutMs ?? maxTimeoutMs, target.executor.supports.maxTimeoutMs);
}

function toTarget(item: Executor | Target): Target {
  const target = isTarget(item) ? item : { executor: item };
  if (typeof target.executor?.spawn !== 'function') throw invalidOption('executors', 'there is something else in it', ALLOWED_EXECUTORS);
  return target;
}

function checkTimeout({ executor, defaultTimeoutMs: value }: Target, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= max)) return;
  throw invalidOption('executors', `the defaultTimeoutMs of '${executor.name}' is out of range`, `whole milliseconds, 1 … ${max}`);
}

function checkJobOutput({ executor, maxJobOutputBytes: value }: Target): void {
  if (value === undefined || isJobOutput(value)) return;
  throw invalidOption('executors', `the maxJobOutputBytes of '${executor.name}' is out of range`, JOB_OUTPUT_SAYS);
}

function isTarget(item: Executor | Target): item is Target {
  return Object(item) === item && 'executor' in item;
}

function isList(targets: Targets): targets is readonly (Executor | Target)[] {
  return Array.isArray(targets);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function matchesQuery({ executor, description = '' }: Target, query: string | undefined): boolean {
  return query === undefined || `${executor.name}\n${description}`.toLowerCase().includes(query.toLowerCase());
}

/** Whether it has all of these labels, with these values. */
export function hasLabels({ labels: has = {} }: Target, wanted: Readonly<Record<string, string>> | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => Object.hasOwn(has, key) && has[key] === value);
}

function encodeCursor(lastName: string): string {
  return Buffer.from(lastName).toString('base64url');
}

function decodeCursor(cursor: string): string {
  const lastName = Buffer.from(cursor, 'base64url').toString();
  if (cursor === '' || encodeCursor(lastName) !== cursor)
    throw invalidOption('cursor', 'not one of ours', 'next_cursor of the page before');
  return lastName;
}
