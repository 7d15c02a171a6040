import type { Readable } from 'node:stream';
import type { Command } from '../command.ts';
import type { DriverSupports } from '../driver.ts';
import { invalidOption, notSupported } from '../errors.ts';
import type { SpawnOptions } from '../options.ts';
import type { Supports } from '../supports.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** It is sent to the target as text. */
const MAX_DETACHED_STDIN = 1_048_576;

/** Refuses what a target without a shell cannot do. */
export function checkShellless(command: Command, { mergeStderr }: ResolvedOptions, { shell }: Supports): void {
  if (shell !== false) return;
  if (typeof command === 'string')
    throw notSupported('command', "this target has no shell; pass the program and its arguments as a list: ['echo', 'x']");
  if (mergeStderr) throw notSupported('stderr', 'without a shell on the target both streams would come in no exact order; read them apart');
}

/** Refuses what this target cannot do, before anything starts. */
export function checkSupported(
  asked: SpawnOptions,
  options: ResolvedOptions,
  supports: Supports & Pick<DriverSupports, 'noDetached'>,
): void {
  if (!asked.turn) checkNoQueue(asked);
  if (asked.detached && !supports.detached)
    throw notSupported('detached', supports.noDetached ?? 'this target keeps no detached executions');
  for (const option of ['maxSpoolBytes', 'keepMs'] as const) {
    if (asked[option] !== undefined && !asked.detached)
      throw invalidOption(option, 'is for detached executions', 'only with detached: true');
  }
  if (asked.detached) checkDetached(options);
  if (options.daemons === 'end' && supports.containment === 'group') {
    throw notSupported('daemons', "here only a command's process group can be reached, and a daemon has left it");
  }
  if (options.user !== undefined && !supports.user) throw notSupported('user', 'this target runs commands as the account it was given');
  for (const [name, value] of Object.entries(options.limits)) {
    if (value !== undefined && !supports.limits[name as keyof Supports['limits']]) {
      throw notSupported(`limits.${name}`, 'this target cannot hold a command to it');
    }
  }
  checkStdin(options.stdin, supports);
  if (options.timeoutMs !== undefined && options.timeoutMs > supports.maxTimeoutMs) {
    throw invalidOption('timeoutMs', `${options.timeoutMs} is too long for this target`, `at most ${supports.maxTimeoutMs} ms`);
  }
  if (asked.idempotencyKey !== undefined && isStream(options.stdin)) {
    throw invalidOption('stdin', 'a stream cannot be compared under an idempotencyKey', 'a string or bytes');
  }
}

/** Without a queue nobody would look at them. */
export function checkNoQueue(asked: Pick<SpawnOptions, 'priority' | 'queueTimeoutMs'>): void {
  for (const option of ['priority', 'queueTimeoutMs'] as const)
    if (asked[option] !== undefined) throw notSupported(option, 'it needs a queue; wrap the executor with queued(…)');
}

/** It may outlive whoever would write to it, or read the time. */
function checkDetached({ stdin, idleTimeoutMs, user }: ResolvedOptions): void {
  if (isStream(stdin)) throw invalidOption('stdin', 'a stream ends with this client, and a detached command does not', 'a string or bytes');
  const bytes = stdin === undefined ? 0 : typeof stdin === 'string' ? Buffer.byteLength(stdin) : stdin.byteLength;
  if (bytes > MAX_DETACHED_STDIN)
    throw invalidOption('stdin', `has ${bytes} bytes`, `at most ${MAX_DETACHED_STDIN} for a detached command`);
  if (idleTimeoutMs !== undefined) throw notSupported('idleTimeoutMs', 'a detached command has only timeoutMs');
  if (user !== undefined) throw notSupported('user', 'a detached command runs as the account that the target gives');
}

function checkStdin(stdin: ResolvedOptions['stdin'], supports: Supports): void {
  if (stdin === undefined) return;
  if (!supports.stdin) throw notSupported('stdin', 'this target gives commands no stdin');
  if (isStream(stdin)) return;
  const bytes = typeof stdin === 'string' ? Buffer.byteLength(stdin) : stdin.byteLength;
  if (bytes > supports.maxStdinBytes) throw invalidOption('stdin', `has ${bytes} bytes`, `at most ${supports.maxStdinBytes} here`);
}

function isStream(stdin: ResolvedOptions['stdin']): stdin is Readable | 'pipe' {
  return stdin === 'pipe' || (typeof stdin === 'object' && !(stdin instanceof Uint8Array));
}
