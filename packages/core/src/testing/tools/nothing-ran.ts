import assert from 'node:assert/strict';
import type { Command } from '../../command.ts';
import type { ExecOptions } from '../../options.ts';
import type { Kit } from '../case.ts';
import { refusedOption } from './refused.ts';
import { inScratch, sharesFiles } from './target.ts';

/** Runs the same command with the options under test. */
export type Exec = (options: unknown, command?: unknown) => Promise<unknown>;

export function execIn({ executor }: Kit, otherwise: Command = ':'): Exec {
  return (options, command = otherwise) => executor.exec(command as Command, options as ExecOptions);
}

/** Asserts beside what `body` asserts that none of its commands ran. */
export async function nothingRan(
  kit: Kit,
  body: (exec: Exec, command: (command: unknown) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const bare = (command: unknown): Promise<unknown> => kit.executor.exec(command as Command);
  if (!sharesFiles(kit.supports)) return body(execIn(kit), bare);
  await inScratch(kit.executor, async (dir) => {
    await body(execIn(kit, `echo ran >>${dir}/ran`), bare);
    assert.equal((await kit.executor.exec(['test', '-e', `${dir}/ran`])).exitCode, 1, 'The command ran all the same.');
  });
}

export async function eachRefused(exec: Exec, option: string, values: readonly unknown[]): Promise<void> {
  for (const value of values) await refusedOption(exec({ [option]: value }), option);
}
