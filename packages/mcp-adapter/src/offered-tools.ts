import { invalidOption } from '@errand/core/checks';
import { exposesCommands } from './allowed/exposed.ts';
import { allows, filesOf } from './files/allowed-files.ts';
import type { TargetList } from './targets.ts';
import type { ToolName } from './tool-names.ts';
import type { CheckedToolOptions } from './tool-options.ts';

/** What some target must allow for a tool to be of use; a tool that is not here always is. */
const NEEDS: Readonly<Partial<Record<ToolName, 'commands' | 'sessions' | 'read' | 'write'>>> = {
  run_command: 'commands',
  write_stdin: 'commands',
  close_session: 'sessions',
  read_file: 'read',
  list_directory: 'read',
  write_file: 'write',
};

const SAYS = {
  commands: 'expose: commands',
  sessions: 'expose: commands, or a configured tool with a session',
  read: 'files: read or write',
  write: 'files: write',
} as const;

/** Whether targets allow what a tool does. */
export function isOfUse(name: ToolName, targets: TargetList, { files, tools }: CheckedToolOptions): boolean {
  const need = NEEDS[name];
  if (need === undefined) return true;
  if (need === 'read' || need === 'write') return targets.all.some((target) => allows(filesOf(target, files), need));
  const isForTool = need === 'sessions' && Object.values(tools).some(({ session }) => session !== undefined);
  return isForTool || targets.all.some(exposesCommands);
}

/** @throws ExecError `EXEC_INVALID_OPTION` for one that was asked for by its name, and is of no use */
export function refuseOfNoUse(include: readonly ToolName[], targets: TargetList, options: CheckedToolOptions): void {
  const missing = include.find((name) => !isOfUse(name, targets, options));
  const need = missing && NEEDS[missing];
  if (!need) return;
  throw invalidOption(
    'include',
    `'${missing}' is offered where a target allows it alone`,
    `it with ${SAYS[need]}, for all targets or for some`,
  );
}
