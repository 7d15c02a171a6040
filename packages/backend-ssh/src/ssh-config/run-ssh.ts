import { spawn } from 'node:child_process';
import { invalidOption } from '@errand/core/checks';

const TIMEOUT_MS = 10_000;
/** `ssh -G` prints some 4 KiB. */
const MAX_BYTES = 4_194_304;
const ALLOWED = 'what ssh -G takes; try it with the same host';

/** How it is run. */
export interface SshRun {
  readonly program?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * What `ssh` prints, or `undefined` where there is no such program. It runs in a session of its own, so that a command of `Match exec`
 * finds no terminal to ask at, and everything that it started ends with it.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` with what ssh says against the host or its configuration; or the reason of `signal`
 */
export function runSsh(args: readonly string[], { program = 'ssh', timeoutMs = TIMEOUT_MS, signal }: SshRun): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const windows = process.platform === 'win32';
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: !windows, windowsHide: true });
    const output: Buffer[] = [];
    const faults: Buffer[] = [];
    let bytes = 0;
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      child.stdout.destroy();
      child.stderr.destroy();
      then();
    };
    const endWith = (fault: unknown): void =>
      settle(() => {
        end(child.pid, windows);
        reject(fault);
      });
    const give = (why: string): void => endWith(invalidOption('host', why, ALLOWED));
    const abort = (): void => endWith(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(() => give(`ssh -G did not answer in ${timeoutMs} ms: a Match exec of its configuration may hang`), timeoutMs);
    const collect = (into: Buffer[]) => (data: Buffer) => {
      into.push(data);
      bytes += data.length;
      if (bytes > MAX_BYTES) give('ssh -G prints without end');
    };
    child.stdout.on('data', collect(output));
    child.stderr.on('data', collect(faults));
    child.once('error', (cause) => settle(() => ('code' in cause && cause.code === 'ENOENT' ? resolve(undefined) : reject(cause))));
    child.once('close', (code) =>
      settle(() => {
        if (code === 0) return resolve(Buffer.concat(output).toString('utf8'));
        const said = Buffer.concat(faults).toString('utf8').trim();
        return reject(invalidOption('host', `ssh -G refuses: ${said || `it ended with ${code}`}`, ALLOWED));
      }),
    );
  });
}

function end(pid: number | undefined, windows: boolean): void {
  if (pid === undefined) return;
  try {
    process.kill(windows ? pid : -pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
