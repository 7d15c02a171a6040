import { existsSync } from 'node:fs';
import { MAX_DELAY_MS } from '../checks/values.ts';
import type { DriverSupports } from '../driver.ts';
import { canSwitchUser } from './accounts.ts';
import { showsBlockedReads } from './blocked-reads.ts';
import { whyNoPty } from './node-pty-client.ts';
import { hasProcessTable } from './process-table.ts';

/** util-linux and busybox have it, macOS has not. */
function hasSetsid(): boolean {
  return ['/usr/bin/setsid', '/bin/setsid', '/usr/local/bin/setsid'].some((file) => existsSync(file));
}

/** What commands on this machine can be offered. */
export function localSupports(): DriverSupports {
  const linux = process.platform === 'linux';
  return {
    // Loading takes milliseconds, so it waits until somebody asks.
    get terminal() {
      return whyNoPty() === undefined;
    },
    get noTerminal() {
      return whyNoPty() ?? '';
    },
    launch: 'native',
    clientDeath: 'eof',
    sessions: hasProcessTable(),
    detached: hasProcessTable() && hasSetsid(),
    files: true,
    user: canSwitchUser(),
    kill: true,
    exitSignal: true,
    outOfMemory: false,
    // Node's pipes to a child are sockets, which cannot be opened by name.
    devStdio: false,
    containment: hasProcessTable() ? 'marker' : 'group',
    lifeline: true,
    idempotency: 'executor',
    stdin: true,
    ...(showsBlockedReads() && { inputWait: true as const }),
    limits: {
      // macOS does not hold a process to RLIMIT_AS.
      memoryBytes: linux ? 'process' : false,
      cpuMs: 'process',
      // Linux does not hold root to RLIMIT_NPROC.
      processes: process.geteuid?.() === 0 ? false : 'process',
      fileBytes: 'process',
      openFiles: 'process',
    },
    maxStdinBytes: Number.POSITIVE_INFINITY,
    maxOutputBytes: Number.POSITIVE_INFINITY,
    maxTimeoutMs: MAX_DELAY_MS,
  };
}
