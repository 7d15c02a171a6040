import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import type { ExecutorOptions } from '../options.ts';
import { BROKEN_DRIVERS } from './broken/broken-drivers.ts';
import { BROKEN_EXECUTORS } from './broken/broken-executors.ts';
import { localWith, sweep } from './broken/local-with.ts';
import { runCase, type Verdict } from './broken/run-case.ts';

/** A case that hangs is ended by the kit itself, here sooner than usual. */
const BOUND_MS = 2_000;

const sound: Executor[] = [];

/** The executor that a broken one wraps, which is closed for sure. */
function inner(options: ExecutorOptions = {}): Executor {
  const executor = localExecutor(options);
  sound.push(executor);
  return executor;
}

function expectCaught(verdict: Verdict, says: string): void {
  expect(verdict, 'The case passed.').toBeDefined();
  expect(String(verdict?.fault)).toContain(says);
}

let scratch = '';

// A case that is given up cannot remove the directories that it made on the target, nor can it with an executor that is broken.
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'errand-broken-'));
  vi.stubEnv('TMPDIR', scratch);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(scratch, { recursive: true, maxRetries: 5 });
});

afterEach(async () => {
  await Promise.all(sound.splice(0).map((executor) => executor.close()));
  await sweep();
});

describe('a driver that', () => {
  for (const { fault, caughtBy, says, boundMs = BOUND_MS, start } of BROKEN_DRIVERS) {
    it(`${fault} fails "${caughtBy}"`, async () => {
      expectCaught(await runCase(caughtBy, { factory: (options) => localWith(start, options), boundMs }), says);
    });
  }
});

describe('an executor that', () => {
  for (const { fault, caughtBy, says, boundMs = BOUND_MS, breakIt, adapt = (options: ExecutorOptions) => options } of BROKEN_EXECUTORS) {
    it(`${fault} fails "${caughtBy}"`, async () => {
      const factory = (options: ExecutorOptions = {}): Executor => breakIt(inner(adapt(options)), options);
      expectCaught(await runCase(caughtBy, { factory, boundMs }), says);
    });
  }
});

describe('an executor whose target does not guard itself', () => {
  const client = {
    url: new URL('./broken/unguarded-executor.ts', import.meta.url),
    factory: 'unguardedExecutor',
    execArgv: ['--conditions=@errand/source'],
  };

  it('fails "the commands of a client that was killed are gone within lifelineMs"', async () => {
    const caughtBy = 'the commands of a client that was killed are gone within lifelineMs';
    expectCaught(await runCase(caughtBy, { factory: inner, client, boundMs: 12_000 }), 'should be gone');
  });

  it('fails "a client that closed its executor exits by itself"', async () => {
    expectCaught(
      await runCase('a client that closed its executor exits by itself', { factory: inner, client, boundMs: 12_000 }),
      'should have exited',
    );
  });
});
