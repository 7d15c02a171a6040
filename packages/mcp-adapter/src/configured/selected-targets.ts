import { invalidOption } from '@errand/core/checks';
import { hasLabels, namesForMessage, type Target, type TargetList } from '../targets.ts';
import type { ConfiguredTool } from './configured-tool.ts';

const NAMES_TOLD = 5;

/**
 * The targets on which a tool may run.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` where there are none, or one that is named is not there
 */
export function selectedTargets(option: string, { targets: selected, when }: ConfiguredTool, all: TargetList): readonly Target[] {
  const meant = isNames(selected)
    ? selected.map((name) => named(option, name, all))
    : all.all.filter((target) => hasLabels(target, selected));
  const found = meant.filter((target) => hasLabels(target, when?.labels));
  if (found.length === 0)
    throw invalidOption(`${option}.targets`, 'there is no such target', `targets of this server: ${namesForMessage(all.all)}`);
  return found;
}

/** What a model is told of them. */
interface Told {
  /** The name of the tool that lists targets. */
  readonly list: string;
  readonly defaultName: string | undefined;
}

/** Which they are, for a model that has to name one. */
export function targetsText({ targets: selected, when }: ConfiguredTool, found: readonly Target[], { list, defaultName }: Told): string {
  const labels = { ...(isNames(selected) ? {} : selected), ...when?.labels };
  const names = found.map(({ executor }) => executor.name);
  const few = names.length <= NAMES_TOLD ? `One of: ${names.join(', ')}.` : undefined;
  const some = Object.keys(labels).length > 0 ? `One that ${list} gives with labels ${JSON.stringify(labels)}.` : undefined;
  return [few ?? some ?? `A name that ${list} gives.`, ...(defaultName === undefined ? [] : [`Default '${defaultName}'.`])].join(' ');
}

function named(option: string, name: string, all: TargetList): Target {
  const found = all.all.find(({ executor }) => executor.name === name);
  if (!found)
    throw invalidOption(`${option}.targets`, `there is no target '${name}'`, `targets of this server: ${namesForMessage(all.all)}`);
  return found;
}

function isNames(selected: ConfiguredTool['targets']): selected is readonly string[] {
  return Array.isArray(selected);
}
