import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { Command } from '../../command.ts';
import type { ExecOptions, ExecutorOptions, Limits } from '../../options.ts';
import type { Supports } from '../../supports.ts';
import type { Case, Concern, Kit } from '../case.ts';
import { type Exec, eachRefused, execIn, nothingRan } from '../tools/nothing-ran.ts';
import { refusedOption } from '../tools/refused.ts';
import { oddInput } from './odd-input.ts';

const DELAYS: readonly unknown[] = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5', null, 5n];

/** Values that each option must refuse. */
const BAD_OPTIONS: Readonly<Record<string, readonly unknown[]>> = {
  cwd: ['', 'a\0b', 5, null],
  env: [
    'A=b',
    5,
    null,
    [],
    { '': 'x' },
    { 'A=B': 'x' },
    { 'A B': 'x' },
    { '1A': 'x' },
    { 'A-B': 'x' },
    { 'A\0': 'x' },
    { A: 'x\0y' },
    { A: 5 },
    { A: null },
    { A: '\ud800' },
  ],
  shell: ['', 'sh', './sh', 'a\0b', 5],
  stdin: [5, {}, null, ['a'], true],
  stderr: ['both', '', 2, null],
  timeoutMs: DELAYS,
  startTimeoutMs: DELAYS,
  idleTimeoutMs: DELAYS,
  killSignal: ['SIGNONE', 'TERM', '', 15, null],
  killGraceMs: [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5', null],
  maxOutputBytes: [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 30 + 1, '5', null],
  limits: [5, 'x', null, { memory: 5 }],
  daemons: ['maybe', '', true, null],
  tenant: ['', 'x'.repeat(257), 5, null],
  labels: [
    5,
    'x',
    null,
    { a: 5 },
    { a: 'x'.repeat(257) },
    { ['x'.repeat(257)]: 'a' },
    Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, 'x'])),
  ],
  idempotencyKey: ['', 'x'.repeat(257), 5, null],
  detached: ['yes', 1, null],
  signal: [{}, 'x', 5, null],
  check: ['yes', 1, null],
  onOutput: ['x', {}, null],
};

const BAD_LIMITS = { memoryBytes: 2 ** 20 + 0.5, cpuMs: 0, processes: -1, fileBytes: '5', openFiles: 15 } as const;

const BAD_COMMANDS: readonly unknown[] = [
  '',
  [],
  [''],
  'echo a\0b',
  ['echo', 'a\0b'],
  ['echo', 5],
  ['echo', undefined],
  [null],
  5,
  null,
  undefined,
  {},
  true,
];

const BAD_EXECUTOR_OPTIONS: Readonly<Record<string, readonly unknown[]>> = {
  name: ['', 'two words', 'a/b', 'x'.repeat(65), 5],
  defaults: [5, 'x', { timeoutMs: -1 }, { env: { 'A=B': 'x' } }, { timeout: 5 }, { cwd: '' }, { stdin: 'x' }],
  lifelineMs: [0, 10_999, 2 ** 31, Number.NaN, '30'],
  idempotencyTtlMs: [0, -1, 2 ** 31, '5'],
  notAnOption: [1],
};

/** Promise 8: bad input is a clear error before anything starts. */
export const badInput: Concern = {
  name: 'bad input is a clear error',
  cases: (supports) => [
    { name: 'a command that is empty, holds NUL or is no command is refused', run: (kit) => nothingRan(kit, badCommands) },
    ...Object.entries(BAD_OPTIONS)
      .filter(([option]) => supports.stdin || option !== 'stdin')
      .map(
        ([option, values]): Case => ({
          name: `a bad ${option} is refused`,
          run: (kit) => nothingRan(kit, (run) => eachRefused(run, option, values)),
        }),
      ),
    { name: 'a bad value of each limit is refused', run: (kit) => nothingRan(kit, (run) => badLimits(run, supports)) },
    ...(supports.user
      ? [{ name: 'a bad user is refused', run: (kit: Kit) => eachRefused(execIn(kit), 'user', ['', 'a\0b', 5, null]) }]
      : []),
    { name: 'an unknown option is refused', run: (kit) => nothingRan(kit, unknownOption) },
    { name: 'options that are no object are refused', run: (kit) => nothingRan(kit, notAnObject) },
    { name: 'an option that is undefined counts as not given', run: undefinedOptions },
    ...(supports.stdin ? [{ name: 'an idempotencyKey with a Readable stdin is refused', run: keyWithReadable }] : []),
    { name: 'spawn refuses the same, by its result and never by throwing', run: spawnNeverThrows },
    { name: 'a refused result that nobody looks at is no unhandledRejection', run: noUnhandledRejection },
    ...oddInput(supports),
    { name: 'bad options of an executor are refused', run: badExecutorOptions },
  ],
};

async function badLimits(exec: Exec, supports: Supports): Promise<void> {
  for (const [limit, value] of Object.entries(BAD_LIMITS)) {
    if (supports.limits[limit as keyof Limits]) await refusedOption(exec({ limits: { [limit]: value } }), 'limits');
  }
}

async function badCommands(_exec: Exec, bare: (command: unknown) => Promise<unknown>): Promise<void> {
  for (const command of BAD_COMMANDS) await refusedOption(bare(command), 'command');
}

async function unknownOption(exec: Exec): Promise<void> {
  for (const option of ['timeout', 'timeoutms', 'input', 'constructor', 'toString']) await refusedOption(exec({ [option]: 5 }), option);
}

async function notAnObject(exec: Exec): Promise<void> {
  for (const options of ['x', 5, null, [], true]) await refusedOption(exec(options), 'options');
}

async function undefinedOptions({ executor }: Kit): Promise<void> {
  const options = Object.fromEntries(Object.keys(BAD_OPTIONS).map((option) => [option, undefined]));
  assert.ok((await executor.exec(':', options as ExecOptions)).ok);
  assert.ok((await executor.exec(':', undefined)).ok);
}

async function keyWithReadable({ executor }: Kit): Promise<void> {
  await refusedOption(executor.exec('cat', { stdin: Readable.from(['x']), idempotencyKey: 'key' }), 'idempotencyKey', 'stdin');
  await refusedOption(executor.spawn('cat', { stdin: 'pipe', idempotencyKey: 'key' }).result, 'idempotencyKey', 'stdin');
}

async function spawnNeverThrows({ executor, supports }: Kit): Promise<void> {
  for (const [command, options] of [
    ['', {}],
    [':', { timeoutMs: -1 }],
    [':', null],
    [5, 5],
  ] as const) {
    const execution = executor.spawn(command as Command, options as ExecOptions);
    await refusedOption(execution.result, 'command', 'timeoutMs', 'options');
    assert.equal(execution.state, 'ended');
    assert.equal(typeof execution.id, 'string');
    await execution.released;
    if (supports.kill) await execution.kill();
    await execution[Symbol.asyncDispose]();
    for await (const _chunk of execution) assert.fail('A command that did not start has no output.');
  }
}

async function noUnhandledRejection({ executor }: Kit): Promise<void> {
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listen);
  try {
    executor.spawn('');
    executor.spawn(['errand-no-such-program']);
    executor.spawn(':', { signal: AbortSignal.abort() });
    executor.spawn('exit 1', { check: true });
    await executor.exec('sleep 0.2');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(unhandled, []);
  } finally {
    process.off('unhandledRejection', listen);
  }
}

async function badExecutorOptions({ make }: Kit): Promise<void> {
  for (const [option, values] of Object.entries(BAD_EXECUTOR_OPTIONS)) {
    for (const value of values) await refusedOption(make({ [option]: value } as ExecutorOptions), option);
  }
}
