import type { DetachedExecution } from '@errand/core';
import { printText } from '../output/print-text.ts';
import { openTarget, type TargetFlags } from '../targets.ts';
import { table } from './table.ts';

export interface PsFlags extends TargetFlags {
  readonly json?: boolean;
}

/** Prints the detached executions of a target, the newest last. */
export async function ps({ json, ...flags }: PsFlags): Promise<void> {
  await using executor = await openTarget(flags);
  const executions = [...(await executor.listDetached())].sort(byStart);
  await printText(`${json ? JSON.stringify(executions) : table(executions, Date.now())}\n`);
}

function byStart(one: DetachedExecution, other: DetachedExecution): number {
  if (one.startedAt === other.startedAt) return 0;
  return one.startedAt < other.startedAt ? -1 : 1;
}
