import { access, constants } from 'node:fs/promises';
import { type Executor, localExecutor } from '@errand/core';
import { stateDirectory } from './state-directory.ts';

/** One thing that was looked at. */
export interface Finding {
  /** `missing` is a choice that is not there; `fault` is something that must work. */
  readonly state: 'ok' | 'missing' | 'fault';
  readonly what: string;
  readonly found: string;
  readonly hint?: string;
}

/** Tries what Errand needs and offers on this machine. */
export async function findings(): Promise<Finding[]> {
  const node: Finding = { state: 'ok', what: 'Node', found: process.versions.node };
  if (process.platform === 'win32') {
    return [node, { state: 'fault', what: 'local', found: 'Windows has no POSIX processes', hint: 'Run errand inside WSL.' }, await state()];
  }
  const executor = localExecutor();
  try {
    return [node, await runs(executor), ...abilities(executor), await state()];
  } finally {
    await executor.close();
  }
}

async function runs(executor: Executor): Promise<Finding> {
  const what = 'local: commands';
  try {
    const { stdout } = await executor.exec(['uname', '-sm'], { check: true, timeoutMs: 10_000 });
    return { state: 'ok', what, found: `run on ${stdout.text.trim()}` };
  } catch (error) {
    return { state: 'fault', what, found: error instanceof Error ? error.message : String(error), hint: 'Errand needs /bin/sh and uname.' };
  }
}

function abilities({ supports }: Executor): Finding[] {
  const { containment, user, limits, devStdio } = supports;
  const held = Object.entries(limits).filter(([, scope]) => scope !== false);
  return [
    containment === 'marker'
      ? { state: 'ok', what: 'local: ending a tree', found: 'reaches daemons too, by their marker' }
      : { state: 'missing', what: 'local: ending a tree', found: 'reaches the process group only', hint: 'A process that made a session of its own is not found: that needs /proc (Linux).' },
    user
      ? { state: 'ok', what: 'local: --user', found: 'any account' }
      : { state: 'missing', what: 'local: --user', found: 'not here', hint: 'It needs root and the setpriv of util-linux (apt-get install util-linux).' },
    { state: 'ok', what: 'local: limits', found: held.map(([name, scope]) => `${name} (${scope})`).join(', ') },
    devStdio
      ? { state: 'ok', what: 'local: /dev/stderr', found: 'can be opened by commands' }
      : { state: 'missing', what: 'local: /dev/stderr', found: 'cannot be opened by commands', hint: 'Write >&2 instead of >/dev/stderr: a child of Node has sockets there.' },
    { state: 'missing', what: 'sessions, terminals, detached commands', found: 'not in this version' },
  ];
}

async function state(): Promise<Finding> {
  const what = 'state directory';
  try {
    const directory = await stateDirectory();
    await access(directory, constants.W_OK);
    return { state: 'ok', what, found: directory };
  } catch (error) {
    return { state: 'fault', what, found: (error as Error).message, hint: 'errand serve --http keeps its token there: set XDG_STATE_HOME to a directory of yours.' };
  }
}
