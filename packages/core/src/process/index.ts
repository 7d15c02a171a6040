/** For what runs commands in a place where nothing can be installed: one child process with all its deadlines, on Node alone. */
export { checkCommand } from '../checks/check-command.ts';
export type { Command } from '../command.ts';
export { ExecError, type ExecErrorCode, type ExecErrorDetail, isExecError } from '../errors.ts';
export { type ProcessEntry, readEnvironment, readProcessTable } from '../local/process-table.ts';
export type { Limits } from '../options.ts';
export type { OutputChunk } from '../output.ts';
export type { EndCause, ExecResult, Outcome, ResourceUsage, Signal } from '../result.ts';
export { type ProcessRun, type ProcessSpec, runProcess } from './run-process.ts';
