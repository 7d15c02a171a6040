import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import type { ExecutorOptions } from '../options.ts';
import { like } from './broken/like.ts';
import { recordCases } from './broken/run-case.ts';
import { testExecutor } from './index.ts';

/** A factory that counts which of its executors are open. */
function countingFactory(): { readonly open: Set<Executor>; readonly factory: (options?: ExecutorOptions) => Promise<Executor> } {
  const open = new Set<Executor>();
  const factory = async (options?: ExecutorOptions): Promise<Executor> => {
    const inner = localExecutor(options);
    const executor = like(inner, {
      close: async () => {
        await inner.close();
        open.delete(executor);
      },
    });
    open.add(executor);
    return executor;
  };
  return { open, factory };
}

describe('testExecutor', () => {
  it('registers under a group with the name of the executor, and one group a concern', async () => {
    const groups: string[] = [];
    const bounds = new Set<number>();
    const describeAs = (name: string, body: () => void): void => {
      groups.push(name);
      body();
    };
    await testExecutor({
      describe: describeAs,
      it: (_name, _body, timeoutMs) => bounds.add(timeoutMs),
      factory: () => localExecutor({ name: 'box' }),
      boundMs: 1_000,
    });
    expect(groups[0]).toBe('conformance of box');
    expect(groups).toContain('bytes are exact');
    expect(new Set(groups).size).toBe(groups.length);
    // Twice the bound, for the case and for closing, so that the kit's own verdict comes before the runner's.
    expect(Math.min(...bounds)).toBeGreaterThan(2_000);
  });

  it('gives each case a name of its own', async () => {
    const names: string[] = [];
    await testExecutor({ describe: (_name, body) => body(), it: (name) => names.push(name), factory: () => localExecutor() });
    expect(names.length).toBeGreaterThan(200);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('closes every executor that it made, to read supports and in a case that passes or fails', async () => {
    const { open, factory } = countingFactory();
    const cases = await recordCases({ factory });
    expect(open.size).toBe(0);
    await cases.get('close() of an executor that ran nothing resolves')?.();
    expect(open.size).toBe(0);
    const failing = await recordCases({ factory: async (options) => like(await factory(options), { spawn: () => expect.fail('broken') }) });
    await expect(failing.get('every exit code is told')?.()).rejects.toThrow('broken');
    // What stays counted is the executor inside; its wrapper was closed.
    expect(open.size).toBe(0);
  });

  it("runs under Node's own runner", async () => {
    const script = `
      import { describe, it } from 'node:test';
      import { localExecutor } from '@errand/core';
      import { testExecutor } from '@errand/core/testing';
      await testExecutor({ describe, it, factory: (overrides) => localExecutor(overrides) });`;
    const args = [
      '--conditions=@errand/source',
      '--test-name-pattern=what is not kept is counted',
      '--test-reporter=tap',
      '--input-type=module',
      '-e',
      script,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toMatch(/^# pass [1-9]/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });
});
