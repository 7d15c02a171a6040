/** On Node alone: one child process with all its deadlines, for where nothing can be installed; and by whom something was left behind. */
export { checkCommand } from '../checks/check-command.ts';
export type { Command } from '../command.ts';
export { ExecError, type ExecErrorCode, type ExecErrorDetail, isExecError } from '../errors.ts';
export { type ProcessEntry, readEnvironment, readProcessTable } from '../local/process-table.ts';
export type { Limits } from '../options.ts';
export type { OutputChunk } from '../output.ts';
export type { EndCause, ExecResult, Outcome, ResourceUsage, Signal } from '../result.ts';
export { isDead, ownPlace } from './process-place.ts';
export { type ProcessRun, type ProcessSpec, runProcess } from './run-process.ts';
