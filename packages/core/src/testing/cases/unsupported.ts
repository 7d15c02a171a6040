import assert from 'node:assert/strict';
import type { CommandOptions } from '../../options.ts';
import type { Supports } from '../../supports.ts';
import type { Case, Concern, Kit } from '../case.ts';
import { refusedAsUnsupported, refusedOption } from '../tools/refused.ts';

const LIMITS = { memoryBytes: 2 ** 32, cpuMs: 60_000, processes: 4_096, fileBytes: 2 ** 30, openFiles: 64 } as const;

/** What `supports` says is missing is refused; nothing pretends. */
export const unsupported: Concern = {
  name: 'what is not supported is refused',
  cases: (supports) => [
    { name: 'supports is whole, and does not change', run: whole },
    ...missing(supports),
    ...Object.entries(LIMITS)
      .filter(([limit]) => supports.limits[limit as keyof Supports['limits']] === false)
      .map(([limit, value]) => refusal(`limits.${limit}`, { limits: { [limit]: value } })),
    ...(Number.isFinite(supports.maxStdinBytes)
      ? [{ name: 'stdin of supports.maxStdinBytes is taken, and one byte more is refused', run: mostStdin }]
      : []),
  ],
};

function missing(supports: Supports): readonly Case[] {
  const cases: Case[] = [];
  if (!supports.sessions) cases.push({ name: 'a session is refused', run: ({ executor }) => refusedAsUnsupported(executor.openSession()) });
  if (!supports.terminal)
    cases.push({ name: 'a terminal is refused', run: ({ executor }) => refusedAsUnsupported(executor.openTerminal()) });
  if (!supports.detached) {
    cases.push(refusal('detached', { detached: true }));
    if (!supports.attach) cases.push(attachRefused);
  }
  if (!supports.user) cases.push(refusal('user', { user: 'root' }));
  if (!supports.stdin) {
    cases.push(refusal('stdin', { stdin: 'x' }));
    cases.push({
      name: "stdin: 'pipe' is refused",
      run: ({ executor }) => refusedAsUnsupported(executor.spawn('cat', { stdin: 'pipe' }).result, 'stdin'),
    });
  }
  return cases;
}

const attachRefused: Case = {
  name: 'attach is refused',
  run: ({ executor }) => refusedAsUnsupported(executor.attach(`${executor.name}-0123456789abcdef0123`)),
};

function refusal(option: string, options: CommandOptions): Case {
  return { name: `${option} is refused`, run: ({ executor }) => refusedAsUnsupported(executor.exec(':', options), option) };
}

async function whole({ executor, make }: Kit): Promise<void> {
  const { supports } = executor;
  for (const flag of [
    'sessions',
    'terminal',
    'detached',
    'files',
    'user',
    'kill',
    'exitSignal',
    'outOfMemory',
    'devStdio',
    'lifeline',
    'stdin',
  ] as const) {
    assert.equal(typeof supports[flag], 'boolean', flag);
  }
  assert.ok([true, undefined].includes(supports.inputWait), 'inputWait');
  assert.ok(['container', 'marker', 'group'].includes(supports.containment));
  assert.ok(['executor', 'target'].includes(supports.idempotency));
  for (const limit of Object.keys(LIMITS) as (keyof typeof LIMITS)[])
    assert.ok(['tree', 'process', false].includes(supports.limits[limit]), limit);
  for (const most of ['maxStdinBytes', 'maxOutputBytes', 'maxTimeoutMs'] as const) assert.ok(supports[most] > 0, most);
  await executor.exec(':');
  assert.deepEqual({ ...executor.supports }, { ...(await make()).supports });
}

async function mostStdin({ executor, supports }: Kit): Promise<void> {
  const most = supports.maxStdinBytes;
  assert.equal((await executor.exec('wc -c', { stdin: Buffer.alloc(most) })).stdout.text.trim(), String(most));
  await refusedOption(executor.exec('wc -c', { stdin: Buffer.alloc(most + 1) }), 'stdin');
}
