import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ByteChannel } from '../driver.ts';
import { letGo } from '../shell/let-go.ts';
import { shellEnded } from '../shell/shell-ended.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';

/** A shell that says nothing for so long is given up. */
const HELLO_MS = 30_000;
/** How late after its end it may be read that it was there. */
const LATE_MS = 200;
const MAX_LINE_BYTES = 4_096;

/**
 * Another channel to the target whose pipes a session can open by their place in /proc: a channel's own descriptors may be sockets,
 * which cannot be opened.
 */
export interface SideChannel {
  /** Whose descriptors they are. */
  readonly pid: string;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Lets the process go: whoever opened its descriptors has them. */
  endInput(): void;
  /** Settles when its shell is gone, as soon as nobody has its pipes. */
  readonly closed: Promise<void>;
  /** Lets go of it, whoever has its pipes. */
  close(): void;
}

/** A process that waits for the end of stdin; `cat` carries what is written to its stdout and stderr. */
const OUTPUT = (nonce: string): string =>
  `{ { read -r p x </proc/self/stat; printf '%s side %s\\n' ${nonce} "$p"; while read -r x; do :; done; } 2>&1 >&3 3>&- | cat >&2 3>&-; } 3>&1 | cat\n`;

/**
 * A `dd` whose stdout is to be read: the cat of busybox ends at once where nobody reads yet. Told in a subshell: a builtin's own
 * redirection is one of the shell's while it lasts.
 */
const INPUT = (nonce: string): string =>
  `{ { read -r p x </proc/self/stat; (printf '%s side %s\\n' ${nonce} "$p" >&3); exec dd bs=65536 2>/dev/null 3>&-; } | :; } 3>&1\n`;

/** Fresh stdout and stderr for a session. */
export function openOutput(openShell: () => Promise<ByteChannel>): Promise<SideChannel> {
  return open(openShell, OUTPUT);
}

/** The stdin of one command. */
export function openInput(openShell: () => Promise<ByteChannel>): Promise<SideChannel> {
  return open(openShell, INPUT);
}

async function open(openShell: () => Promise<ByteChannel>, source: (nonce: string) => string): Promise<SideChannel> {
  const nonce = randomBytes(16).toString('hex');
  const channel = await keepingNodeAlive(openShell());
  const { stdin, stdout, stderr } = channel;
  const closed = channel.closed.catch(() => {});
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
  const close = (): void => {
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    letGo(channel);
  };
  const timer = setTimeout(() => channel.destroy(), HELLO_MS).unref();
  stdin.write(source(nonce));
  // A target that is out of processes starts a part of this: it holds the pipes, and says nothing.
  const gone = closed.then(() => delay(LATE_MS, undefined, { ref: false }));
  const pid = await keepingNodeAlive(Promise.race([readPid(stdout, nonce), gone])).finally(() => clearTimeout(timer));
  if (pid !== undefined) return { pid, stdin, stdout, stderr, closed, endInput: () => void stdin.end(), close };
  channel.destroy();
  throw shellEnded();
}

/** Reads no further than the line that begins with `nonce`. */
function readPid(stdout: Readable, nonce: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const done = (pid: string | undefined): void => {
      stdout.off('data', hear).off('end', end).off('close', end);
      stdout.pause();
      resolve(pid);
    };
    const hear = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const [, pid] = new RegExp(`${nonce} side (\\d+)\\n`).exec(text) ?? [];
      if (pid !== undefined || text.length > MAX_LINE_BYTES) done(pid);
    };
    const end = (): void => done(undefined);
    stdout.on('data', hear).on('end', end).on('close', end);
  });
}
