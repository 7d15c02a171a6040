export type { OptionChecks } from './checks/check-each.ts';
export { type Command, quote, type ShValue, sh } from './command.ts';
export type { DetachedExecution } from './detached/detached-execution.ts';
export type {
  ByteChannel,
  Driver,
  DriverProcess,
  DriverPty,
  DriverSupports,
  DriverTerminal,
  KillScope,
  ProcessExit,
  ProcessRequest,
  PtyRequest,
  TerminalRequest,
} from './driver.ts';
export { ConnectionLost, NotStarted } from './driver.ts';
export { type Backend, createExecutor, type DriverContext } from './engine/create-executor.ts';
export { conflict } from './engine/idempotency.ts';
export type { ExecutionTransition } from './engine/transitions.ts';
export { ExecError, type ExecErrorCode, type ExecErrorDetail, type ExecErrorOptions, isExecError } from './errors.ts';
export type { Execution, ExecutionState } from './execution.ts';
export type { Executor, Health } from './executor.ts';
export type { FileInfo, FileOptions, Files, ReadOptions, RemoveOptions, TransferOptions, WriteOptions } from './files.ts';
export { LaunchedDriver, type LaunchedDriverOptions } from './launcher/launched-driver.ts';
export { launchLine, scriptLine } from './launcher/line.ts';
export { refusal } from './launcher/refusal.ts';
export { localExecutor } from './local/local-executor.ts';
export type { LocalExecutorOptions } from './local/local-options.ts';
export type {
  AttachOptions,
  CommandOptions,
  DefaultOptions,
  ExecOptions,
  ExecutorOptions,
  Limits,
  Logger,
  ShellPoolOptions,
  SpawnOptions,
  StdinSource,
} from './options.ts';
export type { Output, OutputChunk } from './output.ts';
export type { QueueHealth } from './queue/queue-health.ts';
export type { QueueOptions } from './queue/queue-options.ts';
export { queued } from './queue/queued.ts';
export type { QueuedExecutor } from './queue/queued-executor.ts';
export type { AdmissionRequest, Gate, Lease, Quota, Usage } from './quota.ts';
export type { EndCause, ExecResult, Outcome, ResourceUsage, Signal, Timings } from './result.ts';
export type { Session, SessionExecOptions, SessionOptions, SessionState } from './session.ts';
export type { Containment, LimitScope, Supports } from './supports.ts';
export type { Terminal, TerminalOptions } from './terminal.ts';
export type { Turn, TurnRequest } from './turn.ts';
