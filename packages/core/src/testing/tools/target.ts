import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Executor } from '../../executor.ts';
import type { Supports } from '../../supports.ts';
import { poll } from './poll.ts';

/** A word that nothing else holds. */
export function unique(): string {
  return `kit${randomBytes(9).toString('hex')}`;
}

/**
 * Whether one command sees the files of the one before. It does not where each command gets a container or a sandbox of
 * its own; the cases that count on the target by a file are left out there.
 */
export function sharesFiles(supports: Supports): boolean {
  return supports.files || (supports.containment !== 'container' && supports.lifeline);
}

/** Whether an abort and `close()` end a command, and not just the waiting for it. */
export function cancels({ cancel, kill }: Supports): boolean {
  return cancel ?? kill;
}

/** Runs shell source that must exit with 0, and gives its stdout without the last newline. */
export async function output(executor: Executor, script: string): Promise<string> {
  const result = await executor.exec(script);
  assert.ok(result.ok, `"${script}" should exit with 0: ${result.outcome} ${result.exitCode ?? ''} ${result.stderr.text}`);
  return result.stdout.text.replace(/\n$/, '');
}

// Asks for the command line, so that a pid that was given out again is not taken for the process, and a zombie, which
// has none, is not taken for running. Where each command has pids of its own, it may be who asks that has it now.
const IS_RUNNING = `
[ "$1" != "$$" ] || { echo gone; exit; }
if [ -r /proc/self/cmdline ]; then line=$(tr '\\0' ' ' 2>/dev/null <"/proc/$1/cmdline"); else line=$(ps -o args= -p "$1"); fi
case $line in *"$2"*) echo running ;; *) echo gone ;; esac`;

/** Whether the target runs a process with this pid whose command line holds `word`. A zombie does not run. */
export async function isRunning(executor: Executor, pid: string, word = 'sleep'): Promise<boolean> {
  assert.match(pid, /^[0-9]+$/, `Not a pid: "${pid}"`);
  const result = await executor.exec(['sh', '-c', IS_RUNNING, 'sh', pid, word]);
  const answer = result.stdout.text.trim();
  assert.ok(answer === 'running' || answer === 'gone', `The target could not be asked for process ${pid}: ${result.stderr.text}`);
  return answer === 'running';
}

/** Waits until the target no longer runs that process. */
export async function gone(executor: Executor, pid: string, boundMs = 4_000, word = 'sleep'): Promise<void> {
  await poll(`Process ${pid} (${word}) should be gone from the target`, boundMs, async () => !(await isRunning(executor, pid, word)));
}

/** Runs `body` with a directory of its own on the target, which is removed afterwards. */
export async function inScratch(executor: Executor, body: (path: string) => Promise<void>): Promise<void> {
  const path = await output(executor, 'mktemp -d');
  assert.match(path, /^\/[\w./-]+$/, `mktemp -d gave "${path}"`);
  try {
    await body(path);
  } finally {
    await executor.exec(['rm', '-rf', '--', path]);
  }
}
