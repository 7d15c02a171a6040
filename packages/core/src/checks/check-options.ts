import { invalidOption } from '../errors.ts';
import { checkCommand } from './check-command.ts';
import { checkEach, type OptionChecks } from './check-each.ts';
import { checkEnv } from './check-env.ts';
import { checkStdin } from './check-stdin.ts';
import * as is from './values.ts';

const limits: OptionChecks = {
  memoryBytes: is.integer(1_048_576, Number.MAX_SAFE_INTEGER, 'bytes'),
  cpuMs: is.integer(1, is.MAX_DELAY_MS, 'ms'),
  processes: is.integer(1, 4_194_304),
  fileBytes: is.integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  openFiles: is.integer(16, 1_073_741_816),
};

const delay = is.integer(1, is.MAX_DELAY_MS, 'ms');
const shortText = is.text(256);

const commandOptions: OptionChecks = {
  cwd: is.path,
  env: checkEnv,
  user: shortText,
  shell: is.absolutePath,
  stdin: checkStdin,
  stderr: is.oneOf('separate', 'stdout'),
  timeoutMs: delay,
  startTimeoutMs: delay,
  idleTimeoutMs: delay,
  killSignal: is.signalName,
  killGraceMs: is.integer(0, is.MAX_DELAY_MS, 'ms'),
  maxOutputBytes: is.integer(0, 1_073_741_824, 'bytes'),
  limits: (option, value) => checkEach(option, value, limits),
  daemons: is.oneOf('keep', 'end'),
  priority: checkPriority,
  queueTimeoutMs: delay,
  turn: is.callback,
  tenant: shortText,
  labels: checkLabels,
  idempotencyKey: shortText,
  detached: is.boolean,
  maxSpoolBytes: is.integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  keepMs: delay,
  signal: is.abortSignal,
  check: is.boolean,
  onOutput: is.callback,
};

/** Options of one command in a session. */
const sessionCommandOptions: OptionChecks = pick(commandOptions, [
  'stdin',
  'timeoutMs',
  'idleTimeoutMs',
  'killSignal',
  'killGraceMs',
  'maxOutputBytes',
  'priority',
  'queueTimeoutMs',
  'labels',
  'signal',
  'check',
  'onOutput',
]);

const sessionOptions: OptionChecks = {
  ...pick(commandOptions, ['cwd', 'env', 'shell', 'user', 'tenant', 'labels', 'turn', 'signal']),
  turnFor: is.oneOf('command', 'session'),
  restore: checkState,
};

const size = is.integer(1, 65_535);

const terminalOptions: OptionChecks = {
  ...pick(commandOptions, ['cwd', 'env', 'user', 'priority', 'queueTimeoutMs', 'turn', 'tenant', 'labels', 'signal']),
  command: (_option, value) => checkCommand(value),
  columns: size,
  rows: size,
  term: shortText,
};

/** Options that `defaults` may hold. */
const defaultOptions: OptionChecks = pick(commandOptions, [
  'cwd',
  'env',
  'user',
  'shell',
  'timeoutMs',
  'startTimeoutMs',
  'idleTimeoutMs',
  'killSignal',
  'killGraceMs',
  'maxOutputBytes',
  'limits',
  'daemons',
  'tenant',
  'labels',
]);

const shellOptions: OptionChecks = {
  max: is.integer(1, 1_024),
  idleMs: delay,
  warm: is.integer(0, 1_024),
};

const executorOptions: OptionChecks = {
  name: checkName,
  defaults: (option, value) => checkEach(option, value, defaultOptions),
  shells: (option, value) => checkEach(option, value, shellOptions),
  lifelineMs: is.integer(11_000, is.MAX_DELAY_MS, 'ms'),
  idempotencyTtlMs: delay,
  loginEnvironment: is.boolean,
  logger: is.having('debug', 'info', 'warn', 'error'),
};

/** Checks everything about a command's options that needs no target. */
export function checkCommandOptions(options: unknown): void {
  checkEach('', options, commandOptions);
}

const attachOptions: OptionChecks = {
  stdoutOffset: is.integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  stderrOffset: is.integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  signal: is.abortSignal,
};

export function checkAttachOptions(options: unknown): void {
  checkEach('', options, attachOptions);
}

/** As `execution.id` is: the target's name, and how the target calls it. */
export function checkExecutionId(id: unknown): void {
  if (typeof id === 'string' && /^([A-Za-z0-9._-]{1,64}-)?[a-f0-9]{20}$/.test(id)) return;
  throw invalidOption('executionId', `${is.describe(id)} is none`, "an execution's id, such as local-0123456789abcdef0123");
}

export function checkSessionOptions(options: unknown): void {
  checkEach('', options, sessionOptions);
}

export function checkSessionCommandOptions(options: unknown): void {
  checkEach('', options, sessionCommandOptions);
}

export function checkTerminalOptions(options: unknown): void {
  checkEach('', options, terminalOptions);
}

export function checkTerminalSize(columns: unknown, rows: unknown): void {
  size('columns', columns);
  size('rows', rows);
}

/** Checks what every executor factory takes; `own` are the backend's further options. */
export function checkExecutorOptions(options: unknown, own: OptionChecks = {}): void {
  checkEach('', options, { ...executorOptions, ...own });
}

function checkName(option: string, value: unknown): void {
  if (typeof value === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(value)) return;
  throw invalidOption(option, `${is.describe(value)} is no name`, "1 to 64 letters, digits, '.', '_', '-'");
}

function checkState(option: string, value: unknown): void {
  const state = Object.fromEntries(is.entries(option, value));
  if (state['cwd'] === undefined || state['env'] === undefined)
    throw invalidOption(option, 'is no state of a session', 'what snapshot() gave: cwd and env');
  checkEach(option, state, { cwd: is.absolutePath, env: checkEnv });
}

/** @throws ExecError `EXEC_INVALID_OPTION` */
export function checkPriority(option: string, value: unknown): void {
  if (typeof value === 'number' ? Number.isFinite(value) : value === 'high' || value === 'normal' || value === 'low') return;
  throw invalidOption(option, `${is.describe(value)} is no priority`, "'high', 'normal', 'low', or a finite number");
}

function checkLabels(option: string, value: unknown): void {
  const labels = is.entries(option, value);
  if (labels.length > 64) throw invalidOption(option, `has ${labels.length} entries`, 'at most 64');
  for (const [key, label] of labels) {
    shortText(option, key);
    if (typeof label !== 'string' || label.length > 256)
      throw invalidOption(`${option}.${key}`, 'is no label', 'a string of at most 256 characters');
  }
}

function pick<T>(from: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));
}
