import type { Executor } from '../executor.ts';
import type { ExecutorOptions } from '../options.ts';
import type { Case, Kit, KitSize } from './case.ts';
import { clientDeath } from './cases/client-death.ts';
import { CONCERNS } from './cases/index.ts';
import { withoutShell } from './cases/without-shell.ts';
import type { ClientModule } from './tools/client-process.ts';
import { within } from './tools/within.ts';

/** How the kit is told what to test, and with which runner. */
export interface TestExecutorOptions {
  /** The runner's own: vitest, node:test, mocha. */
  readonly describe: (name: string, body: () => void) => unknown;
  /** The runner's own. The third argument is how long the case may take, in milliseconds, for runners that take it. */
  readonly it: (name: string, body: () => Promise<void>, timeoutMs: number) => unknown;
  /** Makes a fresh executor, passing `overrides` on to the backend's own factory. The kit closes it. */
  readonly factory: (overrides?: ExecutorOptions) => Executor | Promise<Executor>;
  /** Makes the same executors in a process that the kit starts, and kills: without it nothing is said about a client's death. */
  readonly client?: ClientModule;
  /** Default `'standard'`. */
  readonly size?: KitSize;
  /** How long one case may take, and closing after it, in milliseconds; a few that move much get a multiple. Default 20,000. */
  readonly boundMs?: number;
  /** How many bytes the way to the target holds, at most, of a stdin that the command does not read. Default 8 MiB. */
  readonly aheadBytes?: number;
}

/**
 * Registers the conformance kit with a test runner: a case for each thing that `Executor` promises.
 *
 * Which cases there are depends on `executor.supports` alone, so the first thing it does is to make an executor and read
 * that: await it at the top level of a test file. What `supports` says is missing is not skipped, it is asserted to be
 * refused. Each case gets executors of its own, ends within a bound, and leaves nothing behind.
 *
 * @example
 * import { testExecutor } from '@errand/core/testing';
 * import { describe, it } from 'vitest';
 *
 * await testExecutor({ describe, it, factory: (overrides) => myExecutor({ host: 'box', ...overrides }) });
 */
export async function testExecutor(options: TestExecutorOptions): Promise<void> {
  const { describe, it, factory, client, size = 'standard', boundMs = 20_000, aheadBytes = 8 * 2 ** 20 } = options;
  const { name, supports } = await inspect(factory, boundMs);
  describe(`conformance of ${name}`, () => {
    const concerns = client ? [...CONCERNS, clientDeath(client)] : CONCERNS;
    for (const concern of supports.shell === false ? [withoutShell] : concerns) {
      const cases = concern.cases(supports, size);
      if (cases.length === 0) continue;
      describe(concern.name, () => {
        for (const one of cases) {
          const caseBoundMs = boundMs * (one.patience ?? 1);
          // Closing may take as long again.
          it(one.name, () => runCase(one, factory, { size, aheadBytes }, caseBoundMs), 2 * caseBoundMs + 1_000);
        }
      });
    }
  });
}

async function inspect(factory: TestExecutorOptions['factory'], boundMs: number): Promise<Pick<Executor, 'name' | 'supports'>> {
  const executor = await factory();
  const { name, supports } = executor;
  await within(boundMs, executor.close(), 'close() of an executor that ran nothing');
  return { name, supports };
}

async function runCase(
  one: Case,
  factory: TestExecutorOptions['factory'],
  measures: Pick<Kit, 'size' | 'aheadBytes'>,
  boundMs: number,
): Promise<void> {
  const made: Executor[] = [];
  const make: Kit['make'] = async (overrides) => {
    const executor = await factory(overrides);
    made.push(executor);
    return executor;
  };
  const closeAll = (): Promise<unknown> => within(boundMs, Promise.all(made.map((executor) => executor.close())), 'close()');
  try {
    const executor = await make();
    await within(boundMs, one.run({ executor, supports: executor.supports, ...measures, make }), `"${one.name}" should have ended`);
  } catch (fault) {
    // The case's own fault says more than what closing has to say after it.
    await closeAll().catch(() => undefined);
    throw fault;
  }
  await closeAll();
}
