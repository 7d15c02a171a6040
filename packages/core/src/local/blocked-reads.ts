import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';

/** Numbers of system calls. */
interface Calls {
  /** That read from the descriptor which is their first argument: read, readv, recvfrom, recvmsg. */
  readonly reads: readonly number[];
  /** That wait for descriptors in an array; -1 where there is none. The time is a number in poll, and an address in ppoll. */
  readonly poll: number;
  readonly ppoll: number;
}

const CALLS: Readonly<Partial<Record<NodeJS.Architecture, Calls>>> = {
  x64: { reads: [0, 19, 45, 47], poll: 7, ppoll: 271 },
  arm64: { reads: [63, 65, 207, 212], poll: -1, ppoll: 73 },
};

/** Of struct pollfd: a descriptor and what is waited for. */
const POLLFD_BYTES = 8;
const POLLIN = 1;

/** Whether this system tells in which system call a process is. */
export function showsBlockedReads(): boolean {
  return CALLS[process.arch] !== undefined && readText('/proc/self/syscall') !== undefined;
}

/** What a process has open as its stdin, as a name that another one's has too where that is the same; undefined when it is gone or not ours to see. */
export function stdinOf(pid: number): string | undefined {
  return fileOf(pid, 0);
}

/** The same of a process that was just spawned with a pipe of Node's, which is a socket; undefined also where it has put a file there by now. */
export function givenStdin(pid: number): string | undefined {
  const file = stdinOf(pid);
  return file?.startsWith('socket:') ? file : undefined;
}

/** Whether a thread of a process waits, for nothing else and for as long as it takes, until it can read from this file. */
export function isReading(pid: number, file: string): boolean {
  const isAwaited = (thread: string): boolean => awaitedBy(pid, thread).some((descriptor) => fileOf(pid, descriptor) === file);
  return threadsOf(pid).some((thread) => isAwaited(thread) && !isStopped(pid, thread));
}

/** By a signal, or a debugger: then input would not make it go on. */
function isStopped(pid: number, thread: string): boolean {
  return /.*\) [Tt] /s.test(readText(`/proc/${pid}/task/${thread}/stat`) ?? '');
}

/** The descriptor that a thread waits to read from: one at most. */
function awaitedBy(pid: number, thread: string): readonly number[] {
  const calls = CALLS[process.arch];
  // See proc_pid_syscall(5): its number and arguments, as in `0 0x3 …`; `running`, or -1, for who is not blocked in one.
  const [number = -1, first = 0, second = 0, third = 0] = (readText(`/proc/${pid}/task/${thread}/syscall`) || '-1').split(' ').map(Number);
  if (!calls || number < 0 || Number.isNaN(number)) return [];
  if (calls.reads.includes(number)) return [first];
  const isEndless = (number === calls.poll && third >= 0x80_00_00_00) || (number === calls.ppoll && third === 0);
  return isEndless && second === 1 ? polled(pid, first) : [];
}

/** As busybox asks before it reads. */
function polled(pid: number, address: number): readonly number[] {
  try {
    const memory = openSync(`/proc/${pid}/mem`, 'r');
    try {
      const pollfd = Buffer.alloc(POLLFD_BYTES);
      readSync(memory, pollfd, { position: address });
      return (pollfd.readInt16LE(4) & POLLIN) === 0 ? [] : [pollfd.readInt32LE(0)];
    } finally {
      closeSync(memory);
    }
  } catch {
    return [];
  }
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** `pipe:[1234]`, `socket:[1234]`. */
function fileOf(pid: number, descriptor: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
