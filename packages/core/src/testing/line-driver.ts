import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  type ByteChannel,
  type Driver,
  type DriverProcess,
  type DriverSupports,
  NotStarted,
  type ProcessExit,
  type ProcessRequest,
} from '../driver.ts';
import { ExecError } from '../errors.ts';
import { whyNoPty } from '../local/node-pty-client.ts';
import { withoutMasters } from '../local/open-masters.ts';
import { leastSupports } from './least-supports.ts';
import { openLinePty } from './line-pty.ts';

/** Which shells a line driver uses. */
export interface LineDriverOptions {
  /** Parses the line, as an account's login shell would: a file and its options, separated by spaces. */
  readonly loginShell: string;
  /** The POSIX sh of the supervisor: a file and its options. Give it to the launcher too (`LaunchedDriverOptions.shell`). */
  readonly sh?: string;
  /** The target's environment; default: this process's, without `ERRAND_*`. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * A driver that can only run a line of shell with bytes on its stdin, like SSH or a container's exec, but on this machine:
 * for the launcher's own tests, and as the smallest example of a line driver.
 */
export function lineDriver({ loginShell, sh = '/bin/sh', environment = ownEnvironment() }: LineDriverOptions): Driver {
  return {
    supports: SUPPORTS,
    start: async ({ line = '' }: ProcessRequest): Promise<DriverProcess> => {
      const { child, ...streams } = await spawnShell([...loginShell.split(' '), '-c', line], environment);
      return { ...streams, exit: exitOf(child) };
    },
    openShell: async (): Promise<ByteChannel> => {
      const { child, ...streams } = await spawnShell(sh.split(' '), environment);
      return { ...streams, closed: closeOf(child), destroy: () => void child.kill('SIGKILL') };
    },
    openPty: (request) => openLinePty(request, loginShell.split(' '), environment),
    ping: async () => {},
    close: async () => {},
  };
}

// Of devStdio it has none: Node's pipes to a child are sockets, which cannot be opened by name.
const SUPPORTS: DriverSupports = {
  ...leastSupports,
  // Loading takes milliseconds, so it waits until somebody asks.
  get terminal() {
    return whyNoPty() === undefined;
  },
  get noTerminal() {
    return whyNoPty() ?? '';
  },
  launch: 'line',
  containment: 'marker',
  stdin: true,
  limits: {
    memoryBytes: 'process',
    cpuMs: 'process',
    // Linux does not hold root to RLIMIT_NPROC.
    processes: process.geteuid?.() === 0 ? false : 'process',
    fileBytes: 'process',
    openFiles: 'process',
  },
};

interface PipedChild extends Pick<ByteChannel, 'stdin' | 'stdout' | 'stderr'> {
  readonly child: ChildProcess;
}

/** Detached: it leads a session, as what sshd or a container runtime starts. */
async function spawnShell([file = '', ...rest]: readonly string[], env: Readonly<Record<string, string>>): Promise<PipedChild> {
  const child = withoutMasters(['pipe', 'pipe', 'pipe'], (stdio) => spawn(file, rest, { env, detached: true, stdio }));
  if (child.pid === undefined) {
    const [cause] = await once(child, 'error');
    throw new NotStarted(new ExecError('EXEC_UNAVAILABLE', `The login shell '${file}' could not be started.`, { cause }));
  }
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('The shell has no pipes.');
  return { child, stdin, stdout, stderr };
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ ...(exitCode !== null && { exitCode }), ...(signal !== null && { signal }) }));
  });
}

function closeOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

function ownEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('ERRAND_'));
  return Object.fromEntries(own) as Record<string, string>;
}
