import assert from 'node:assert/strict';
import type { ExecOptions, ExecutorOptions } from '../../options.ts';
import type { Supports } from '../../supports.ts';
import type { Case, Kit } from '../case.ts';
import { type Exec, eachRefused, nothingRan } from '../tools/nothing-ran.ts';
import { refusedOption } from '../tools/refused.ts';

/** What passes a careless check: arrays with holes, half of a character, objects that only look like what they should be. */
export function oddInput(supports: Supports): readonly Case[] {
  return [
    { name: 'argv with holes is refused', run: (kit) => nothingRan(kit, (_exec, bare) => commandsRefused(bare, withHoles())) },
    {
      name: 'text that has half of a surrogate pair, in a script, argv or env, is refused',
      run: (kit) => nothingRan(kit, halfPairs),
    },
    { name: 'inherited options are checked as any', run: (kit) => nothingRan(kit, inheritedChecked) },
    { name: 'inherited options are used as any', run: inheritedUsed },
    { name: 'options that cannot be read are refused, and neither exec nor spawn throws', run: unreadable },
    {
      name: 'what only looks like an AbortSignal is refused',
      run: (kit) => nothingRan(kit, (exec) => eachRefused(exec, 'signal', SIGNALS)),
    },
    ...(supports.stdin
      ? [
          {
            name: 'what only looks like a Readable is refused',
            run: (kit: Kit) => nothingRan(kit, (exec) => eachRefused(exec, 'stdin', SOURCES)),
          },
        ]
      : []),
    { name: 'a logger that lacks a method is refused', run: loggers },
  ];
}

const nothing = (): void => undefined;

const SIGNALS: readonly unknown[] = [
  { aborted: false },
  { aborted: false, addEventListener: 5 },
  { aborted: false, addEventListener: nothing },
  { aborted: false, addEventListener: nothing, removeEventListener: 'x' },
];

const SOURCES: readonly unknown[] = [{ pipe: nothing, on: 5 }, { pipe: nothing, on: nothing }, new EventTarget(), [][Symbol.iterator]()];

const LOGGERS: readonly unknown[] = [{}, 5, 'x', { debug: nothing, info: nothing, warn: nothing }, { ...console, debug: 'x' }];

function withHoles(): readonly unknown[] {
  const inside = ['echo'];
  inside[2] = 'x';
  const only: string[] = [];
  only.length = 1;
  return [inside, only];
}

async function commandsRefused(bare: (command: unknown) => Promise<unknown>, commands: readonly unknown[]): Promise<void> {
  for (const command of commands) await refusedOption(bare(command), 'command');
}

async function halfPairs(exec: Exec, bare: (command: unknown) => Promise<unknown>): Promise<void> {
  await commandsRefused(bare, ['echo \ud800', ['echo', '\ud800'], ['echo', 'a\udc00b'], ['\ud800']]);
  await eachRefused(exec, 'env', [{ KIT_A: '\ud800' }]);
}

async function inheritedChecked(exec: Exec): Promise<void> {
  await refusedOption(exec(Object.create({ timeoutMs: 'abc' })), 'timeoutMs');
  await refusedOption(exec(Object.create({ timeout: 5 })), 'timeout');
  await refusedOption(exec(Object.assign(Object.create({ killGraceMs: -1 }), { timeoutMs: 5_000 })), 'killGraceMs');
}

async function inheritedUsed({ executor }: Kit): Promise<void> {
  const result = await executor.exec('echo $KIT_A', Object.create({ env: { KIT_A: 'inherited' } }));
  assert.equal(result.stdout.text, 'inherited\n');
}

/** A member that throws when it is read. */
function trap(name: string): object {
  return Object.defineProperty({}, name, {
    enumerable: true,
    get: () => {
      throw new Error('the getter is broken');
    },
  });
}

function locked(): object {
  return new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('the proxy is broken');
      },
    },
  );
}

async function unreadable(kit: Kit): Promise<void> {
  const unreadables = [trap('timeoutMs'), { env: trap('KIT_A') }, { limits: trap('openFiles') }, locked(), { labels: locked() }];
  const spawn = (options: unknown): Promise<unknown> => kit.executor.spawn(':', options as ExecOptions).result;
  await nothingRan(kit, async (exec) => {
    for (const run of [exec, spawn]) {
      for (const options of unreadables)
        await refusedOption(
          notThrowing(() => run(options)),
          'options',
          'timeoutMs',
          'env',
          'limits',
          'labels',
        );
    }
  });
}

function notThrowing(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return run();
  } catch (error) {
    return assert.fail(`It threw instead of rejecting: ${String(error)}`);
  }
}

async function loggers({ make }: Kit): Promise<void> {
  for (const logger of LOGGERS) await refusedOption(make({ logger } as ExecutorOptions), 'logger');
}
