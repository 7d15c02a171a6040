import { type TestExecutorOptions, testExecutor } from '../test-executor.ts';

/** One case of the kit, ready to run. */
export type RecordedCase = () => Promise<void>;

type Target = Pick<TestExecutorOptions, 'factory' | 'boundMs' | 'client'>;

/** Registers the whole kit with a `describe` and an `it` that only record. */
export async function recordCases(target: Target): Promise<Map<string, RecordedCase>> {
  const cases = new Map<string, RecordedCase>();
  await testExecutor({ describe: (_name, body) => body(), it: (name, body) => cases.set(name, body), ...target });
  return cases;
}

/** How one case of the kit went: what it threw, or undefined. */
export type Verdict = { readonly fault: unknown } | undefined;

/**
 * Runs the case of that name.
 *
 * @throws Error when the kit has no such case for this executor.
 */
export async function runCase(name: string, target: Target): Promise<Verdict> {
  const body = (await recordCases(target)).get(name);
  if (!body) throw new Error(`The kit has no case "${name}".`);
  try {
    await body();
    return undefined;
  } catch (fault) {
    return { fault };
  }
}
