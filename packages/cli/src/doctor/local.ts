import type { Executor, Supports } from '@errand/core';
import { messageOf } from '../message-of.ts';
import type { Finding } from './finding.ts';

/** Whether commands run at all. */
export async function localRuns(executor: Executor): Promise<Finding> {
  const what = 'local: commands';
  try {
    const { stdout } = await executor.exec('uname -sm', { check: true, timeoutMs: 10_000 });
    return { state: 'ok', what, found: `run on ${stdout.text.trim()}` };
  } catch (error) {
    const hint = 'Errand needs a POSIX /bin/sh, with uname in PATH.';
    return { state: 'fault', what, found: messageOf(error), hint };
  }
}

/** What the local backend can do here. */
export function localAbilities({ containment, detached, user, limits, devStdio, sessions }: Supports): Finding[] {
  return [
    containment === 'marker'
      ? ok('local: ending a tree', 'reaches daemons too, by their marker')
      : missing(
          'local: ending a tree',
          'reaches the process group only',
          'Finding a process that made a session of its own needs /proc (Linux).',
        ),
    user
      ? ok('local: --user', 'any account')
      : missing('local: --user', 'not here', 'It needs Linux, root, and the setpriv of util-linux (apt-get install util-linux).'),
    limitsFinding(limits),
    devStdio
      ? ok('local: /dev/stderr', 'can be opened by commands')
      : missing('local: /dev/stderr', 'cannot be opened by commands', 'In a script write >&2 in place of >/dev/stderr.'),
    sessions ? ok('local: sessions', 'keep directory and variables') : missing('local: sessions', 'not here', 'They need /proc (Linux).'),
    detached
      ? ok('local: --detach', 'keeps commands going')
      : missing('local: --detach', 'not here', 'It needs Linux, and the setsid of util-linux (apt-get install util-linux).'),
  ];
}

/** Where there are none, the refusal says why. */
export async function localTerminals(executor: Executor): Promise<Finding> {
  const what = 'local: terminals';
  if (executor.supports.terminal) return ok(what, 'yes, through node-pty');
  const why = await executor.openTerminal().then(
    () => '',
    (error: Error) => error.message.replace(/^.*? is not supported here: /, ''),
  );
  return missing(what, 'not here', `${why.charAt(0).toUpperCase()}${why.slice(1)}`);
}

function limitsFinding(limits: Supports['limits']): Finding {
  const held = Object.entries(limits).filter(([, scope]) => scope !== false);
  const what = 'local: limits';
  if (held.length === 0) return missing(what, 'none');
  return ok(what, held.map(([name, scope]) => `${name} (${scope})`).join(', '));
}

function ok(what: string, found: string): Finding {
  return { state: 'ok', what, found };
}

function missing(what: string, found: string, hint?: string): Finding {
  return { state: 'missing', what, found, ...(hint !== undefined && { hint }) };
}
