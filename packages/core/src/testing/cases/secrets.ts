import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdir, readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import type { Executor } from '../../executor.ts';
import type { ExecResult } from '../../result.ts';
import type { Concern, Kit } from '../case.ts';
import { rejection } from '../tools/refused.ts';
import { unique } from '../tools/target.ts';
import { watchOutput } from '../tools/watch-output.ts';

/** Promise 7: values of `env` and `stdin` appear in no process list, log, error or label. */
export const secrets: Concern = {
  name: 'secrets stay out of sight',
  cases: (supports) => [
    { name: 'a value of env is in no command line while a script runs', run: (kit) => notInProcessList(kit, 'env', 'echo on; sleep 60') },
    {
      name: 'a value of env is in no command line while a program runs',
      run: (kit) => notInProcessList(kit, 'env', ['sh', '-c', 'echo on; sleep 60; :']),
    },
    {
      name: 'a value of env is in no command line while a merged command runs',
      run: (kit) => notInProcessList(kit, 'merged', 'echo on; sleep 60'),
    },
    ...(supports.stdin
      ? [
          {
            name: 'stdin is in no command line while the command runs',
            run: (kit: Kit) => notInProcessList(kit, 'stdin', 'echo on; sleep 60'),
          },
        ]
      : []),
    { name: 'a value of env is in no result', run: notInResult },
    { name: 'a value of env or stdin is in no error', run: notInErrors },
    { name: 'a value of env or stdin is in no log, event or id', run: notInLogs },
  ],
};

// tr keeps the list in one piece where ps is missing, and needs no word of the secret to look for it.
const PROCESS_LIST = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; ps -A -ww -o args= 2>/dev/null; :";

async function notInProcessList(kit: Kit, where: 'env' | 'merged' | 'stdin', command: string | readonly string[]): Promise<void> {
  const secret = unique();
  const watch = watchOutput();
  const abort = new AbortController();
  const execution = kit.executor.spawn(command, {
    killGraceMs: 500,
    signal: abort.signal,
    onOutput: watch.onOutput,
    ...(where === 'stdin' ? { stdin: secret } : { env: { KIT_SECRET: secret } }),
    ...(where === 'merged' && { stderr: 'stdout' as const }),
  });
  await watch.line(execution);
  const onTarget = await kit.executor.exec(PROCESS_LIST, { maxOutputBytes: 64 * 2 ** 20 });
  assert.ok(onTarget.stdout.totalBytes > 0, 'The target should list its processes.');
  assert.ok(!onTarget.stdout.text.includes(secret), 'It is in a command line on the target.');
  assert.ok(!(await clientProcessList()).includes(secret), 'It is in a command line on the client.');
  abort.abort();
  await execution.result;
}

/** The command lines on this machine, where they can be read: a backend may start helpers here. */
async function clientProcessList(): Promise<string> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^[0-9]+$/.test(name));
  const lines = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => ''));
  return (await Promise.all(lines)).join('\n');
}

/** Everything of a value that a log could print. */
function everything(value: unknown): string {
  return inspect(value, { depth: 12, showHidden: true, maxArrayLength: null, maxStringLength: null });
}

function withSecret(secret: string, { supports }: Kit): { readonly env: Record<string, string>; readonly stdin?: string } {
  return { env: { KIT_SECRET: secret }, ...(supports.stdin && { stdin: secret }) };
}

async function notInResult(kit: Kit): Promise<void> {
  const secret = unique();
  const given = withSecret(secret, kit);
  const abort = new AbortController();
  const results: ExecResult[] = await Promise.all([
    kit.executor.exec('exit 3', given),
    kit.executor.exec('kill -9 $$', given),
    kit.executor.exec('sleep 60', { ...given, timeoutMs: 300, killGraceMs: 300 }),
    kit.executor.exec('echo on; sleep 60', { ...given, signal: abort.signal, killGraceMs: 300, onOutput: () => abort.abort() }),
  ]);
  assert.deepEqual(
    results.map((result) => result.ok),
    [false, false, false, false],
  );
  for (const result of results) {
    assert.ok(!everything(result).includes(secret), `It is in the result of ${result.outcome}.`);
    assert.ok(!JSON.stringify(result).includes(secret), `It is in the JSON of the result of ${result.outcome}.`);
  }
}

/** Ways to go wrong that have to do with what is secret, and some that have not. */
function failures(executor: Executor, secret: string, given: ReturnType<typeof withSecret>): Promise<unknown>[] {
  const wrong = (options: object): Promise<unknown> => rejection(executor.exec(':', { ...given, ...options }));
  return [
    rejection(executor.exec(['errand-no-such-program'], given)),
    rejection(executor.exec('exit 3', { ...given, check: true })),
    wrong({ cwd: '/errand-no-such-directory' }),
    wrong({ shell: '/errand-no-such-shell' }),
    wrong({ timeoutMs: -1 }),
    wrong({ signal: AbortSignal.abort() }),
    wrong({ env: { KIT_SECRET: `${secret}\0` } }),
    wrong({ env: { KIT_SECRET: secret + 'x'.repeat(140_000) } }),
    wrong({ env: { KIT_SECRET: [secret] } }),
    wrong({ env: secret }),
    wrong({ env: { 'NOT A NAME': secret } }),
    wrong({ stdin: { secret } }),
    wrong({ stdin: [secret] }),
  ];
}

async function notInErrors(kit: Kit): Promise<void> {
  const secret = unique();
  const given = withSecret(secret, kit);
  const errors = await Promise.all(failures(kit.executor, secret, given));
  await kit.executor.exec(':', { ...given, idempotencyKey: 'once' });
  errors.push(await rejection(kit.executor.exec('exit 0', { ...given, idempotencyKey: 'once' })));
  for (const error of errors) {
    assert.ok(!everything(error).includes(secret), `It is in this error: ${String(error).replaceAll(secret, 'SECRET')}`);
    assert.ok(!JSON.stringify(error).includes(secret));
  }
}

async function notInLogs(kit: Kit): Promise<void> {
  const secret = unique();
  const told: unknown[] = [];
  const log = (fields: object, message: string): void => void told.push(fields, message);
  const listen = (message: unknown): void => void told.push(message);
  subscribe('errand.execution', listen);
  try {
    const executor = await kit.make({ logger: { debug: log, info: log, warn: log, error: log } });
    const given = withSecret(secret, kit);
    const result = await executor.exec('exit 3', given);
    await executor.exec('sleep 60', { ...given, timeoutMs: 200, killGraceMs: 200 });
    await Promise.all(failures(executor, secret, given));
    told.push(result.executionId);
    await executor.close();
  } finally {
    unsubscribe('errand.execution', listen);
  }
  assert.ok(!everything(told).includes(secret), 'It is in a log, an event or an id.');
}
