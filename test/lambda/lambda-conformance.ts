import { lambdaExecutor } from '@errand/backend-lambda';
import { testExecutor } from '@errand/core/testing';
import type { LambdaRig } from './lambda-rig.ts';

/** What a test runner gives. */
export type Runner = Pick<Parameters<typeof testExecutor>[0], 'describe' | 'it'>;

/** Runs the kit against a function of the emulator: one that is told of cancels, or one that nothing reaches. */
export async function lambdaConformance(rig: LambdaRig, which: 'withCancel' | 'plain', runner: Runner): Promise<void> {
  const options = { ...rig[which], name: which === 'plain' ? 'lambda' : 'lambda-cancel' };
  await testExecutor({
    ...runner,
    factory: (overrides) => lambdaExecutor({ ...options, ...overrides }),
    // The emulator takes its time with much output, and none of it waits for a reader.
    boundMs: 60_000,
    size: process.env['ERRAND_KIT_SIZE'] === 'full' ? 'full' : 'standard',
  });
}

/** Registers the cases of these concerns only, for another configuration that differs in nothing else. */
export function onlyConcerns({ describe, it }: Runner, names: readonly string[]): Runner {
  let isWanted = false;
  return {
    describe: (name, body) => {
      if (!name.startsWith('conformance of') && !names.includes(name)) return undefined;
      return describe(name, () => {
        isWanted = names.includes(name);
        body();
      });
    },
    it: (name, body, timeoutMs) => (isWanted ? it(name, body, timeoutMs) : undefined),
  };
}
