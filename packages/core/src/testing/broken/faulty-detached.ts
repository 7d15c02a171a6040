import type { Execution } from '../../execution.ts';
import type { Executor } from '../../executor.ts';
import type { AttachOptions, SpawnOptions } from '../../options.ts';
import type { Output } from '../../output.ts';
import type { ExecResult } from '../../result.ts';
import { asking, type BrokenExecutor, giving, without } from './broken-executor.ts';
import { like, likeExecution } from './like.ts';

/** Changes the options of detached commands before they are asked for. */
function askingDetached(inner: Executor, change: (options: SpawnOptions) => SpawnOptions): Executor {
  return asking(inner, (command, options) => [command, options?.detached ? change(options) : options]);
}

/** Changes the results of detached commands, attached to or not. */
function telling(inner: Executor, change: (result: ExecResult) => ExecResult): Executor {
  const changed = (execution: Execution): Execution => likeExecution(execution, { result: execution.result.then(change) });
  return like(inner, {
    spawn: (command, options) => (options?.detached ? changed(inner.spawn(command, options)) : inner.spawn(command, options)),
    attach: async (id, options) => changed(await inner.attach(id, options)),
  });
}

function attaching(inner: Executor, attach: (id: string, options: AttachOptions) => Promise<Execution>): Executor {
  return like(inner, { attach: (id, options = {}) => attach(id, options) });
}

/** Executors whose detached commands are none, or not as they should be. */
export const FAULTY_DETACHED: readonly BrokenExecutor[] = [
  {
    fault: 'detaches nothing',
    caughtBy: 'a detached command outlives its executor, and another one attaches to it',
    says: 'Nobody here knows',
    breakIt: (inner) => asking(inner, without('detached', 'keepMs', 'maxSpoolBytes')),
  },
  {
    fault: 'leaves detached commands the umask of what guards them',
    caughtBy: 'a detached command gives its output and exit code like any other',
    says: '0077',
    breakIt: (inner) =>
      asking(inner, (command, options) => [options?.detached && command === 'umask' ? 'umask 077; umask' : command, options]),
  },
  {
    fault: 'tells a detached death by signal as an exit code',
    caughtBy: 'a detached command that a signal ended is told from exit 137',
    says: 'signaled',
    breakIt: (inner) =>
      telling(inner, (result) => (result.outcome === 'signaled' ? { ...result, outcome: 'exited', exitCode: 137 } : result)),
  },
  {
    fault: 'gives what a detached command left no time to finish',
    caughtBy: 'what a detached command leaves has a moment to finish what it writes',
    says: 'late',
    breakIt: (inner) =>
      telling(inner, (result) => {
        const text = result.stdout.text.replace('late\n', '');
        return { ...result, stdout: { ...result.stdout, text, bytes: Buffer.from(text) } as Output };
      }),
  },
  {
    fault: 'merges nothing of a detached command',
    caughtBy: 'a detached command gives its output and exit code like any other',
    says: 'out\\n',
    breakIt: (inner) => askingDetached(inner, ({ stderr: _merged, ...options }) => options),
  },
  {
    fault: 'attaches from the first byte, whatever it is told',
    caughtBy: 'attach reads from any byte on',
    says: 'stdout 0',
    breakIt: (inner) => attaching(inner, (id) => inner.attach(id)),
  },
  {
    fault: 'ends a detached command whose handle is disposed of',
    caughtBy: 'disposing of a handle on a detached command lets it go on',
    says: 'It should go on',
    breakIt: (inner) =>
      giving(inner, (execution, { detached }) =>
        detached ? { [Symbol.asyncDispose]: () => execution.kill('SIGKILL').then(async () => void (await execution.result)) } : {},
      ),
  },
  {
    fault: 'counts what lies before the offset too',
    caughtBy: 'attach beyond what was kept counts what was not, and no more',
    says: 'from 50',
    breakIt: (inner) =>
      attaching(inner, async (id, { stdoutOffset = 0, ...options }) =>
        inner.attach(id, { ...options, stdoutOffset: Math.min(10, stdoutOffset) }),
      ),
  },
  {
    fault: 'gives up a start and leaves the command',
    caughtBy: 'aborted while it starts, a detached command is ended or never runs',
    says: 'should be gone',
    boundMs: 10_000,
    breakIt: (inner) =>
      like(inner, {
        spawn: (command, { signal, ...options } = {}) => {
          const execution = inner.spawn(command, options);
          if (!options.detached || !signal) return execution;
          const given = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          return likeExecution(execution, { result: Promise.race([execution.result, given]) });
        },
      }),
  },
  {
    fault: 'waits with the result of a detached command until all was read',
    caughtBy: 'a reader that stalls does not hold back the result of a detached command',
    says: 'should have ended',
    breakIt: (inner) =>
      giving(inner, (execution, { detached }) =>
        detached
          ? { result: execution.result.then((result) => new Promise((done) => execution.stdout.once('close', () => done(result)))) }
          : {},
      ),
  },
  {
    fault: 'cuts the output of a detached command that is read slowly',
    caughtBy: 'a slow reader of a detached command loses nothing when keepMs passes',
    says: '4388608',
    boundMs: 12_000,
    breakIt: (inner) => askingDetached(inner, (options) => ({ ...options, maxSpoolBytes: 4_000_000 })),
  },
  {
    fault: 'takes one submission of several for another',
    caughtBy: 'submitted several times at once, a detached command that cannot start is refused to all',
    says: 'EXEC_CONFLICT',
    breakIt: (inner) =>
      askingDetached(inner, (options) =>
        options.cwd?.includes('no-such') ? { ...options, cwd: '/', env: { N: String(Math.random()) } } : options,
      ),
  },
  {
    fault: 'forgets timeoutMs of a detached command',
    caughtBy: 'timeoutMs of a detached command is kept by its target: timed-out for all',
    says: 'should have ended',
    breakIt: (inner) => askingDetached(inner, ({ timeoutMs: _never, ...options }) => options),
  },
  {
    fault: 'keeps more than maxSpoolBytes',
    caughtBy: 'beyond maxSpoolBytes output of a detached command is drained and counted',
    says: '99993',
    breakIt: (inner) => askingDetached(inner, ({ maxSpoolBytes: _all, ...options }) => options),
  },
  {
    fault: 'gives a detached command no stdin',
    caughtBy: 'stdin of a detached command comes whole',
    says: 'falsy',
    breakIt: (inner) => askingDetached(inner, ({ stdin: _none, ...options }) => options),
  },
  {
    fault: 'keeps detached executions for good',
    caughtBy: 'after keepMs the target forgets a detached command',
    says: 'should be forgotten',
    boundMs: 12_000,
    breakIt: (inner) => askingDetached(inner, (options) => ({ ...options, keepMs: 20_000 })),
  },
  {
    fault: 'remembers no key of a detached command',
    caughtBy: 'an idempotencyKey of a detached command is remembered by its target',
    says: 'started twice',
    breakIt: (inner) => askingDetached(inner, ({ idempotencyKey: _none, ...options }) => options),
  },
  {
    fault: 'starts a detached command once for each who asks at once',
    caughtBy: 'submitted twice at once under one key, a detached command starts once',
    says: 'more than once',
    breakIt: (inner) => askingDetached(inner, ({ idempotencyKey: _none, ...options }) => options),
  },
  {
    fault: 'lists only what runs',
    caughtBy: 'listDetached tells what runs and what ended',
    says: '1 !== 2',
    breakIt: (inner) => like(inner, { listDetached: async () => (await inner.listDetached()).filter(({ state }) => state === 'running') }),
  },
  {
    fault: 'attaches to anything',
    caughtBy: 'attach to what the target does not know is refused',
    says: 'it resolved',
    breakIt: (inner) => attaching(inner, async (id, options) => inner.attach(id, options).catch(() => inner.spawn(':'))),
  },
  {
    fault: 'loses the last byte of a detached command',
    caughtBy: 'a detached command moves 16 MiB on each stream, byte for byte',
    says: '1 !== 0',
    boundMs: 15_000,
    breakIt: (inner) => askingDetached(inner, (options) => ({ ...options, maxSpoolBytes: 16_797_215 })),
  },
];
