import type { Owner } from '../jobs/owner.ts';
import type { ToolView } from '../tool-view.ts';
import { choicesOf, choiceTemplate } from './choices.ts';
import { jobTemplate, TARGET_TEMPLATE } from './resource-uri.ts';

/** As the protocol allows. */
const MAX_VALUES = 100;

/** The values with which a variable of a resource template may go on. */
export type Completion = {
  readonly values: string[];
  readonly total: number;
  readonly hasMore: boolean;
};

/** Names of targets, ids of the caller's jobs, or words that a parameter takes. */
export async function complete(
  view: ToolView | undefined,
  owner: Owner,
  asked: { readonly template: string; readonly name: string; readonly value: string },
): Promise<Completion> {
  const { template, name, value } = asked;
  const all = view ? await valuesOf(view, owner, template, name) : [];
  const found = all.filter((each) => each.startsWith(value));
  return { values: found.slice(0, MAX_VALUES), total: found.length, hasMore: found.length > MAX_VALUES };
}

async function valuesOf(view: ToolView, owner: Owner, template: string, name: string): Promise<readonly string[]> {
  if (template === TARGET_TEMPLATE && name === 'target' && view.has('list_targets')) return view.targets.names;
  const choice = choicesOf(view).find((one) => template === choiceTemplate(one) && name === one.parameter);
  if (choice) return choice.values;
  const isOfJobs = template === jobTemplate('stdout') || template === jobTemplate('stderr');
  if (!isOfJobs || name !== 'id' || !view.has('read_output')) return [];
  return (await view.seen.list(owner)).map(({ record }) => record.id);
}
