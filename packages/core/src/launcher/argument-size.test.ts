import { afterEach, describe, expect, test } from 'vitest';
import type { Command } from '../command.ts';
import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import { lineExecutor } from '../testing/line-executor.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';

const executors: Executor[] = [];
afterEach(async () => {
  await Promise.all(executors.splice(0).map((executor) => executor.close()));
});

/** So many variables of 100,000 bytes. */
function variables(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`V${i}`, 'x'.repeat(100_000)]));
}

function words(count: number): string[] {
  return ['sh', '-c', 'echo "$# ${#V0} $1"', 'sh', "it's\n", ...Array<string>(count).fill('x'.repeat(100_000))];
}

/** What comes of it: the output, or the error's code and option. */
async function outcome(executor: Executor, command: Command, env: Record<string, string>): Promise<string> {
  executors.push(executor);
  return executor.exec(command, { env, stdin: 'and its stdin' }).then(
    ({ stdout, exitCode }) => `${exitCode}: ${stdout.text}`,
    ({ code, detail }) => `${code} ${detail?.option}`,
  );
}

describe.each(POSIX_SHELLS)('a launcher in $name', ({ command: sh }) => {
  test.each([
    ['variables that the kernel takes', 'echo ${#V0}; cat', variables(10)],
    ['variables that are too long together', 'echo ${#V0}', variables(30)],
    ['arguments that the kernel takes', words(10), {}],
    ['arguments that are too long together', words(30), {}],
    ['arguments that are too long together with variables', words(12), variables(12)],
    ['a script that is too long together with variables', `echo long # ${'x'.repeat(1_200_000)}`, variables(12)],
    ['more than any kernel takes', words(70), {}],
  ])('takes or refuses as the local executor does: %s', async (_what, command, env) => {
    const wanted = await outcome(localExecutor(), command, env);
    expect(wanted).toMatch(/^0: |^EXEC_INVALID_OPTION command$/);
    expect(await outcome(lineExecutor({ sh, loginShell: '/bin/sh' }), command, env)).toBe(wanted);
  });
});
