import { describe, expect, it } from 'vitest';
import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import type { ExecutorOptions } from '../options.ts';
import { goingOn } from './broken/faulty-found-again.ts';
import { like } from './broken/like.ts';
import { BOUNDS, modestExecutor, NOTHING } from './broken/modest-executor.ts';
import { recordCases } from './broken/run-case.ts';
import { shellless } from './broken/shellless-executor.ts';

const REFUSED_WITHOUT = [
  'exit 137 and kill -9 look alike, as supports.exitSignal says',
  "daemons: 'end' is refused where a daemon cannot be reached",
  'a session is refused',
  'a terminal is refused',
  'attach is refused',
  'detached is refused',
  'files are refused',
  'kill() is refused',
  'limits.cpuMs is refused',
  'limits.fileBytes is refused',
  'limits.memoryBytes is refused',
  'limits.openFiles is refused',
  'limits.processes is refused',
  'stdin is refused',
  "stdin: 'pipe' is refused",
  'user is refused',
];

const REFUSED_BEYOND = [
  'a timeoutMs beyond supports.maxTimeoutMs is refused',
  'stdin of supports.maxStdinBytes is taken, and one byte more is refused',
];

const withNothing = await recordCases({ factory: (options) => modestExecutor(NOTHING, options) });
const withBounds = await recordCases({ factory: (options) => modestExecutor(BOUNDS, options) });

const withoutShell = await recordCases({ factory: (options) => shellless(localExecutor(options)) });

describe('what supports says is missing', () => {
  for (const name of REFUSED_WITHOUT)
    it(`${name}: passes where it is refused`, () => withNothing.get(name)?.() ?? expect.fail('There is no such case.'));
  for (const name of REFUSED_BEYOND)
    it(`${name}: passes where it is refused`, () => withBounds.get(name)?.() ?? expect.fail('There is no such case.'));

  for (const name of ['kill() is refused', 'files are refused', 'stdin is refused', 'limits.cpuMs is refused']) {
    it(`${name}: fails where it is not`, async () => {
      const pretending = (options?: ExecutorOptions): Executor =>
        like(localExecutor(options), { supports: { ...localExecutor().supports, ...NOTHING } });
      const cases = await recordCases({ factory: pretending, boundMs: 5_000 });
      await expect(cases.get(name)?.()).rejects.toThrow('resolved');
    });
  }
});

describe('what is asked without a shell', () => {
  for (const [name, run] of withoutShell) it(`${name}: passes`, run);
});

describe('what goes on by itself', () => {
  it('is found again: passes, and nothing is asked that detached commands alone have', async () => {
    const cases = await recordCases({ factory: (options) => goingOn(localExecutor(options)) });
    const names = [...cases.keys()].filter((name) => name.includes('attach'));
    expect(names).toHaveLength(5);
    expect(names).not.toContain('attach is refused');
    for (const name of names) await cases.get(name)?.();
  }, 60_000);
});

describe('what is left out', () => {
  it('has no case under a name that could be read as kept', () => {
    const promises = [...withNothing.keys()].filter((name) => !REFUSED_WITHOUT.includes(name));
    for (const name of promises)
      expect(name).not.toMatch(/^after .* (are|is) gone|kill\(signal\)|Readable that|conversation|openFiles|upload/);
  });
});
