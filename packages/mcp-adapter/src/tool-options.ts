import { boolean, invalidOption } from '@errand/core/checks';
import { type ConfiguredTools, checkConfigured } from './configured/check-configured.ts';
import { checkFiles, type FilesAllowed } from './files/allowed-files.ts';
import { checkTenant, type Tenant } from './tenant.ts';
import { TOOL_NAMES, type ToolName } from './tool-names.ts';

const MAX_DURATION_MS = 2_147_483_647;

/** What `registerTools`, `serveStdio` and `serveHttp` take about the tools. */
export interface ToolOptions {
  /** Put before each tool's name: letters, digits, `_`, `-`, `.`; at most 64. Default: nothing. */
  readonly prefix?: string;
  /** Which tools are offered; none only where there are `tools`. Default: all, those that some target allows. */
  readonly include?: readonly ToolName[];
  /** Where `run_command` runs what names no `target`: an executor's name. Default: none, unless there is only one. */
  readonly defaultTarget?: string;
  /** `run_command`'s timeout where the call gives none, in milliseconds: 1 … `maxTimeoutMs`; default 600,000 (10 min). */
  readonly defaultTimeoutMs?: number;
  /** The longest timeout that a call may ask for, in milliseconds: 1 … 2,147,483,647; default 86,400,000 (24 h). */
  readonly maxTimeoutMs?: number;
  /**
   * Whose the commands are, for the fair shares of a queue and for quotas: 1 … 256 characters, or a function that makes them of the
   * `authInfo` of a request, which the server's own authentication has found (`undefined` where there is none). Who calls the tool
   * cannot say it. When the function throws, the call is refused. Default: none, so that the executor's own default holds.
   */
  readonly tenant?: Tenant;
  /**
   * An absolute path of a directory that only its owner can write to; it is made the first time. Jobs are kept below it, so that those
   * that have ended, and those in the background, are found again after a restart. Several servers may share one. Default: none, and
   * what is kept is kept in a temporary directory that goes with the process.
   */
  readonly stateDirectory?: string;
  /**
   * For how long a job that has ended can be read, in milliseconds: 1 … 2,147,483,647; default 86,400,000 (24 h). Of more than 1,000
   * such jobs of one caller, or of more than 16 × `maxJobOutputBytes` in all, the oldest are removed before.
   */
  readonly jobTtlMs?: number;
  /**
   * Bytes of each stream of a job that are kept, half of them from its head and half from its tail: 65,536 … 2^53-1; default 64 MiB.
   * Of a job in the background its target keeps them, and the first ones.
   */
  readonly maxJobOutputBytes?: number;
  /**
   * Commands that one caller may have running at once, waiting ones included: 1 … 100,000; default 256. As many again may run in the
   * background. One more is refused with `EXEC_QUOTA`.
   */
  readonly maxJobs?: number;
  /** Sessions that one caller may have open at once: 1 … 1,000; default 16. One more is refused with `EXEC_QUOTA`. */
  readonly maxShellSessions?: number;
  /** After how long without a command a session is closed, in milliseconds: 1 … 2,147,483,647; default 1,800,000 (30 min). */
  readonly shellSessionIdleMs?: number;
  /**
   * What tools may do with files of targets that do not say it themselves: `none` (the default), `read` (`read_file`, `list_directory`) or
   * `write` (`write_file`, too). It bounds these tools, and not what a command does.
   */
  readonly files?: FilesAllowed;
  /**
   * Commands that are tools of their own, by name: 1 to 64 letters, digits, `_` and `-`, before which comes `prefix`. They are offered
   * whatever `include` says, which is about Errand's own. Default: none.
   */
  readonly tools?: ConfiguredTools;
  /** Whether only tools are offered that look and change nothing: Errand's own, and configured ones with `readOnly`. Default false. */
  readonly readOnly?: boolean;
  /**
   * What answers hold: `both` (the default), `content` and the same as `structuredContent`, with output schemas; or `content` alone, without
   * output schemas, for clients that show a model both. What went wrong stays in `_meta['errand/error']`.
   */
  readonly results?: 'both' | 'content';
}

/** Those that hold for as long as a server lives. */
export type FixedOptions = Pick<ToolOptions, 'prefix' | 'tenant' | 'stateDirectory' | 'jobTtlMs' | 'maxJobOutputBytes'>;

/** Those that may change while a server runs. */
export type OfferedOptions = Omit<ToolOptions, keyof FixedOptions>;

/** The names of these options. */
export const TOOL_OPTIONS: readonly (keyof ToolOptions)[] = [
  'prefix',
  'include',
  'defaultTarget',
  'defaultTimeoutMs',
  'maxTimeoutMs',
  'tenant',
  'stateDirectory',
  'jobTtlMs',
  'maxJobOutputBytes',
  'maxJobs',
  'maxShellSessions',
  'shellSessionIdleMs',
  'files',
  'tools',
  'readOnly',
  'results',
];

/** Of these the ones that may change while a server runs. */
export const OFFERED_OPTIONS: readonly (keyof OfferedOptions)[] = TOOL_OPTIONS.filter(isOffered);

function isOffered(option: keyof ToolOptions): option is keyof OfferedOptions {
  return !['prefix', 'tenant', 'stateDirectory', 'jobTtlMs', 'maxJobOutputBytes'].includes(option);
}

/** The same, checked and with defaults. */
export interface CheckedToolOptions {
  readonly prefix: string;
  readonly include: ReadonlySet<ToolName>;
  readonly defaultTarget: string | undefined;
  readonly defaultTimeoutMs: number;
  readonly maxTimeoutMs: number;
  readonly tenant: Tenant | undefined;
  readonly stateDirectory: string | undefined;
  readonly jobTtlMs: number;
  readonly maxJobOutputBytes: number;
  readonly maxJobs: number;
  readonly maxShellSessions: number;
  readonly shellSessionIdleMs: number;
  readonly files: FilesAllowed;
  readonly tools: ConfiguredTools;
  readonly readOnly: boolean;
  readonly results: 'both' | 'content';
}

/** @throws ExecError `EXEC_INVALID_OPTION` that names the option. */
export function checkToolOptions(options: ToolOptions): CheckedToolOptions {
  const { prefix = '', include = TOOL_NAMES, defaultTarget, tenant, maxTimeoutMs = 86_400_000 } = options;
  const { stateDirectory, jobTtlMs = 86_400_000, maxJobOutputBytes = 67_108_864, maxJobs = 256 } = options;
  const { maxShellSessions = 16, shellSessionIdleMs = 1_800_000, files = 'none', tools = {}, readOnly = false, results = 'both' } = options;
  const { defaultTimeoutMs = Math.min(600_000, maxTimeoutMs) } = options;
  if (typeof prefix !== 'string' || !/^[\w.-]{0,64}$/.test(prefix)) {
    throw invalidOption('prefix', `'${prefix}' cannot begin a tool's name`, 'letters, digits, _, - and ., at most 64');
  }
  const isEmpty = Array.isArray(include) && include.length === 0 && Object.keys(Object(tools)).length === 0;
  if (!Array.isArray(include) || isEmpty) throw invalidOption('include', 'it names no tool', TOOL_NAMES.join(', '));
  const unknown: unknown = include.find((name) => !TOOL_NAMES.includes(name));
  if (unknown !== undefined) throw invalidOption('include', `there is no tool '${unknown}'`, TOOL_NAMES.join(', '));
  checkTenant(tenant);
  checkDuration('maxTimeoutMs', maxTimeoutMs, MAX_DURATION_MS);
  checkDuration('defaultTimeoutMs', defaultTimeoutMs, maxTimeoutMs);
  checkDuration('jobTtlMs', jobTtlMs, MAX_DURATION_MS);
  if (!isJobOutput(maxJobOutputBytes)) throw invalidOption('maxJobOutputBytes', 'it is out of range', JOB_OUTPUT_SAYS);
  checkCount('maxJobs', maxJobs, 100_000);
  checkCount('maxShellSessions', maxShellSessions, 1_000);
  checkDuration('shellSessionIdleMs', shellSessionIdleMs, MAX_DURATION_MS);
  checkFiles('files', files);
  checkConfigured(tools);
  boolean('readOnly', readOnly);
  if (results !== 'both' && results !== 'content') throw invalidOption('results', `it is ${JSON.stringify(results)}`, 'both, content');
  const jobs = { stateDirectory, jobTtlMs, maxJobOutputBytes, maxJobs };
  const sessions = { maxShellSessions, shellSessionIdleMs };
  return {
    prefix,
    include: new Set(include),
    defaultTarget,
    defaultTimeoutMs,
    maxTimeoutMs,
    tenant,
    ...jobs,
    ...sessions,
    files,
    tools,
    readOnly,
    results,
  };
}

/** What `maxJobOutputBytes` may be: no less than what a reply can show. */
export const JOB_OUTPUT_SAYS: string = `bytes, 65536 … ${Number.MAX_SAFE_INTEGER}`;

export function isJobOutput(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 65_536;
}

function checkCount(option: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw invalidOption(option, `${value} is out of range`, `a whole number, 1 … ${max}`);
}

function checkDuration(option: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw invalidOption(option, `${value} is not a duration it can have`, `whole milliseconds, 1 … ${max}`);
}
