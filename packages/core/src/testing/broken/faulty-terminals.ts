import { Duplex, PassThrough } from 'node:stream';
import type { Executor } from '../../executor.ts';
import type { Terminal, TerminalOptions } from '../../terminal.ts';
import { asking, type BrokenExecutor } from './broken-executor.ts';
import { like } from './like.ts';

/** Changes what is asked of terminals. */
function opening(inner: Executor, change: (options: TerminalOptions) => TerminalOptions): Executor {
  return like(inner, { openTerminal: (options) => inner.openTerminal(change(options ?? {})) });
}

/** Leaves options out. */
function openingWithout(inner: Executor, ...names: readonly string[]): Executor {
  return opening(inner, (options) => Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name))));
}

/** Changes the terminals that are given back. */
function givingTerminals(inner: Executor, change: (terminal: Terminal) => Partial<Terminal>): Executor {
  return like(inner, {
    openTerminal: async (options) => {
      const terminal = await inner.openTerminal(options);
      const { stream = terminal.stream, result = terminal.result, resize, close } = change(terminal);
      return {
        id: terminal.id,
        stream,
        result,
        resize: resize ?? ((columns, rows) => terminal.resize(columns, rows)),
        close: close ?? (() => terminal.close()),
        [Symbol.asyncDispose]: close ?? (() => terminal.close()),
      };
    },
  });
}

/** Destroying it destroys both, with an error that nobody waits for. */
function joined(readable: Duplex, writable: Duplex): Duplex {
  for (const half of [readable, writable]) half.on('error', () => undefined);
  return Duplex.from({ readable, writable }).on('error', () => undefined);
}

/** A terminal's stream with something in the way of its output, or of its input. */
function through(terminal: Terminal, output: Duplex, input: Duplex = new PassThrough()): Duplex {
  terminal.stream.pipe(output);
  input.pipe(terminal.stream);
  return joined(output, input);
}

/** Passes on what `change` makes of each piece. */
function changing(change: (chunk: Buffer) => Buffer): PassThrough {
  const stream = new PassThrough();
  stream._transform = (chunk: Buffer, _encoding, done) => done(null, change(chunk));
  return stream;
}

function cut(bytes: number): PassThrough {
  let room = bytes;
  return changing((chunk) => {
    const kept = chunk.subarray(0, room);
    room -= kept.length;
    return kept;
  });
}

/** Runs the script with something before it. */
function before(inner: Executor, source: string): Executor {
  return opening(inner, (options) => (typeof options.command === 'string' ? { ...options, command: source + options.command } : options));
}

/** Executors whose terminals break promises, one at a time. */
export const FAULTY_TERMINALS: readonly BrokenExecutor[] = [
  {
    fault: 'gives a terminal on stdin alone',
    caughtBy: 'a command in a terminal has one on all its streams',
    says: "terminal's name",
    breakIt: (inner) => before(inner, 'exec 2>/dev/null; '),
  },
  {
    fault: 'forgets the size of a terminal',
    caughtBy: 'a terminal has the columns and rows that were asked for, else 80 and 24',
    says: '45 123',
    breakIt: (inner) => openingWithout(inner, 'columns', 'rows'),
  },
  {
    fault: 'keeps the size of a terminal',
    caughtBy: 'a terminal is told its new size, and so is what runs in it',
    says: 'new size should have been seen',
    breakIt: (inner) => givingTerminals(inner, () => ({ resize: async () => undefined })),
  },
  {
    fault: 'forgets the TERM of a terminal',
    caughtBy: 'TERM is what was asked for, else xterm-256color',
    says: 'vt100',
    breakIt: (inner) => openingWithout(inner, 'term'),
  },
  {
    fault: 'forgets the cwd of a terminal',
    caughtBy: 'a terminal starts where cwd says',
    says: '/usr',
    breakIt: (inner) => openingWithout(inner, 'cwd'),
  },
  {
    fault: 'forgets the env of a terminal',
    caughtBy: 'a terminal has the variables of env',
    says: 'none',
    breakIt: (inner) => openingWithout(inner, 'env'),
  },
  {
    fault: 'swallows what is typed into a terminal',
    caughtBy: 'a line that is typed into a terminal is echoed and read',
    says: 'should have ended',
    breakIt: (inner) => givingTerminals(inner, (terminal) => ({ stream: through(terminal, new PassThrough(), cut(0)) })),
  },
  {
    fault: 'opens no shell without a command',
    caughtBy: 'a terminal without a command has a shell',
    says: 'a2b',
    breakIt: (inner) => opening(inner, (options) => ({ command: 'read -r line', ...options })),
  },
  {
    fault: "takes a terminal's bytes for text",
    caughtBy: 'every byte goes through a raw terminal and back',
    says: 'efbfbd',
    breakIt: (inner) =>
      givingTerminals(inner, (terminal) => ({
        stream: through(
          terminal,
          changing((chunk) => Buffer.from(chunk.toString('utf8'))),
        ),
      })),
  },
  {
    fault: 'passes on half a mebibyte from a terminal',
    caughtBy: 'a mebibyte from a terminal arrives whole',
    says: '524288',
    breakIt: (inner) => givingTerminals(inner, (terminal) => ({ stream: through(terminal, cut(2 ** 19)) })),
  },
  {
    fault: 'passes on half a mebibyte into a terminal',
    caughtBy: 'a mebibyte into a terminal that reads late arrives whole, and stops nobody meanwhile',
    says: 'should have ended',
    boundMs: 4_000,
    breakIt: (inner) => givingTerminals(inner, (terminal) => ({ stream: through(terminal, new PassThrough(), cut(2 ** 19)) })),
  },
  {
    fault: 'closes the terminal at the exit, whether it was read or not',
    caughtBy: 'what a terminal printed before the exit can be read after it',
    says: '00000031',
    breakIt: (inner) =>
      givingTerminals(inner, (terminal) => {
        const stream = through(terminal, cut(100));
        return { stream };
      }),
  },
  {
    fault: 'hoards what a terminal prints',
    caughtBy: 'a terminal that nobody reads holds its command back',
    says: 'held back',
    breakIt: (inner) =>
      givingTerminals(inner, (terminal) => ({
        stream: through(terminal, new PassThrough({ highWaterMark: Number.MAX_SAFE_INTEGER })),
      })),
  },
  {
    fault: 'tells every exit of a terminal as 0',
    caughtBy: "the exit code of a terminal's command is exact",
    says: 'told: 3',
    breakIt: (inner) => givingTerminals(inner, ({ result }) => ({ result: result.then((told) => ({ ...told, exitCode: 0, ok: true })) })),
  },
  {
    fault: 'tells a death in a terminal as an exit',
    caughtBy: "the death by signal of a terminal's command is told",
    says: 'SIGKILL',
    breakIt: (inner) =>
      givingTerminals(inner, ({ result }) => ({
        result: result.then(({ signal: _untold, ...told }) => ({ ...told, outcome: 'exited', exitCode: 137 })),
      })),
  },
  {
    fault: 'does not close terminals',
    caughtBy: 'close() of a terminal ends all that runs in it, also what ignores SIGHUP',
    says: 'after close()',
    breakIt: (inner) => givingTerminals(inner, () => ({ close: async () => undefined })),
  },
  {
    fault: 'leaves what a terminal left in the background',
    caughtBy: 'the exit in a terminal ends what it left in the background',
    says: 'should be gone',
    // What made a session of its own is not ended by an exit.
    breakIt: (inner) =>
      opening(inner, (options) =>
        typeof options.command === 'string' ? { ...options, command: options.command.replace('sh -c', 'setsid sh -c') } : options,
      ),
  },
  {
    fault: 'does not hang up',
    caughtBy: 'destroying the stream of a terminal hangs up',
    says: 'should have ended',
    breakIt: (inner) =>
      givingTerminals(inner, (terminal) => ({ stream: joined(terminal.stream.pipe(new PassThrough()), new PassThrough()) })),
  },
  {
    fault: 'leaves terminals open when it closes',
    caughtBy: 'close() of the executor ends its terminals',
    says: 'should have ended',
    breakIt: (inner) => like(inner, { close: async () => undefined }),
  },
  {
    fault: "hears nothing of a terminal's signal",
    caughtBy: 'an abort ends a terminal, or keeps it from opening',
    says: 'it resolved',
    breakIt: (inner) => openingWithout(inner, 'signal'),
  },
  {
    fault: 'faults at a resize that comes late',
    caughtBy: 'a terminal that is over takes everything without a fault',
    says: 'EBADF',
    breakIt: (inner) =>
      givingTerminals(inner, (terminal) => {
        let over = false;
        terminal.result.then(() => {
          over = true;
        });
        return { resize: async (columns, rows) => (over ? Promise.reject(new Error('ioctl: EBADF')) : terminal.resize(columns, rows)) };
      }),
  },
  {
    fault: 'makes the best of bad options of a terminal',
    caughtBy: 'bad options of a terminal are refused',
    says: 'it resolved',
    breakIt: (inner) => openingWithout(inner, 'columns', 'rows'),
  },
  {
    fault: 'opens a terminal for what is not there',
    caughtBy: 'what a terminal lacks is told: program, cwd',
    says: 'it resolved',
    breakIt: (inner) =>
      opening(inner, (options) => (Array.isArray(options.command) ? { ...options, command: options.command.join(' ') } : options)),
  },
  {
    fault: 'hands the other side of a terminal to commands',
    caughtBy: 'a command beside a terminal has no way into it',
    says: 'has a descriptor of the terminal',
    breakIt: (inner) => asking(inner, (command, options) => [`exec 9<>/dev/ptmx; ${String(command)}`, options]),
  },
];
