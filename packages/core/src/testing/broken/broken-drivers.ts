import { PassThrough, Transform } from 'node:stream';
import { quote } from '../../command.ts';
import type { DriverProcess } from '../../driver.ts';
import type { StartFault } from './local-with.ts';

/** A driver that breaks one promise, and the case of the kit that must fail for it. */
export interface BrokenDriver {
  readonly fault: string;
  readonly caughtBy: string;
  /** What the case says then: it fails for this fault, not for another. */
  readonly says: string;
  /** How long the case may take, where 2 s are too little to say it. */
  readonly boundMs?: number;
  readonly start: StartFault;
}

/** Keeps the last bytes back until the end, and then forgets them. */
function withoutLastBytes(): Transform {
  let held = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const all = Buffer.concat([held, chunk]);
      held = all.subarray(-4);
      done(null, all.subarray(0, -4));
    },
    flush: (done) => done(),
  });
}

function asText(): Transform {
  return new Transform({ transform: (chunk: Buffer, _encoding, done) => done(null, Buffer.from(chunk.toString('utf8'))) });
}

/** A stream that takes all that comes, as fast as it comes. */
function hoarding(process: DriverProcess): PassThrough {
  const hoard = new PassThrough({ highWaterMark: Number.MAX_SAFE_INTEGER });
  process.stdout.on('data', (chunk: Buffer) => hoard.write(Buffer.from(chunk)));
  process.stdout.once('end', () => hoard.end());
  return hoard;
}

function merging({ stdout, stderr }: DriverProcess): PassThrough {
  const both = new PassThrough();
  let open = 2;
  for (const stream of [stdout, stderr]) {
    stream.on('data', (chunk: Buffer) => both.write(chunk));
    stream.once('end', () => --open === 0 && both.end());
  }
  return both;
}

/** Passes a mebibyte on, and swallows what comes after it. */
function swallowing(stdin: NonNullable<DriverProcess['stdin']>): PassThrough {
  let room = 2 ** 20;
  const cut = new PassThrough();
  cut.on('data', (chunk: Buffer) => {
    stdin.write(chunk.subarray(0, room));
    room = Math.max(0, room - chunk.length);
  });
  cut.once('end', () => stdin.end());
  stdin.on('error', () => undefined);
  return cut;
}

const NOTHING_DELIVERED = async (): Promise<boolean> => false;

/** Drivers that break promises, one at a time. */
export const BROKEN_DRIVERS: readonly BrokenDriver[] = [
  {
    fault: 'loses the last bytes',
    caughtBy: 'the last bytes before the exit arrive',
    says: '65540',
    start: async (request, start) => {
      const process = await start(request);
      return { ...process, stdout: process.stdout.pipe(withoutLastBytes()) };
    },
  },
  {
    fault: 'takes output for text',
    caughtBy: 'every byte value arrives unchanged on both streams',
    says: 'deep-equal',
    start: async (request, start) => {
      const process = await start(request);
      return { ...process, stdout: process.stdout.pipe(asText()) };
    },
  },
  {
    fault: 'swaps stdout and stderr',
    caughtBy: 'what goes to stdout and what goes to stderr arrive apart',
    says: 'err 1',
    start: async (request, start) => {
      const process = await start(request);
      return { ...process, stdout: process.stderr, stderr: process.stdout };
    },
  },
  {
    fault: 'merges streams on the client',
    caughtBy: 'a script has both streams in stdout, in the exact order, and stderr empty',
    says: 'out 1',
    start: async (request, start) => {
      const process = await start({ ...request, mergeStderr: false });
      return request.mergeStderr ? { ...process, stdout: merging(process), stderr: new PassThrough().end() } : process;
    },
  },
  {
    fault: 'hoards output that nobody reads',
    caughtBy: 'much output for a reader that does not read',
    says: 'It held',
    // It is caught by what it holds, once all has come.
    boundMs: 10_000,
    start: async (request, start) => {
      const process = await start(request);
      return { ...process, stdout: hoarding(process) };
    },
  },
  {
    fault: 'leaves what the main process left',
    caughtBy: 'a result does not wait for a background child that holds the pipe, and the child is gone',
    says: 'should be gone',
    boundMs: 8_000,
    start: async (request, start) => {
      const process = await start(request);
      let exited = false;
      void process.exit.then(() => {
        exited = true;
      });
      return { ...process, kill: async (signal, scope) => !exited && ((await process.kill?.(signal, scope)) ?? false) };
    },
  },
  {
    fault: 'ends the group and leaves who escaped it',
    caughtBy: 'after an abort who made a session of its own is gone',
    boundMs: 6_000,
    says: 'should be gone',
    start: async (request, start) => {
      const process = await start(request);
      return { ...process, kill: (signal) => process.kill?.(signal, 'group') ?? NOTHING_DELIVERED() };
    },
  },
  {
    fault: 'ends daemons that should stay',
    caughtBy: 'a daemon that redirected its output outlives a normal exit',
    says: 'should have been left alone',
    start: async (request, start) => {
      const process = await start(request);
      return { ...process, kill: (signal) => process.kill?.(signal, 'tree') ?? NOTHING_DELIVERED() };
    },
  },
  {
    fault: 'has no SIGKILL',
    caughtBy: 'a command that ignores the signal is killed after killGraceMs',
    says: 'should have ended',
    start: async (request, start) => {
      const process = await start(request);
      return {
        ...process,
        kill: async (signal, scope) => (await process.kill?.(signal === 'SIGKILL' ? 'SIGTERM' : signal, scope)) ?? false,
      };
    },
  },
  {
    fault: 'sends SIGTERM again and again',
    caughtBy: 'a child may clean up at SIGTERM, which comes once',
    says: 'No such file',
    start: async (request, start) => {
      const process = await start(request);
      return { ...process, kill: (signal, scope) => process.kill?.(signal === 'SIG0' ? 'SIGTERM' : signal, scope) ?? NOTHING_DELIVERED() };
    },
  },
  {
    fault: 'reports exit 137 for a signal, where it claims to tell them apart',
    caughtBy: "a death by signal is signaled, with the signal's name and no exit code",
    says: 'exited 137',
    start: async (request, start) => {
      const process = await start(request);
      return { ...process, exit: process.exit.then(({ exitCode }) => ({ exitCode: exitCode ?? 137 })) };
    },
  },
  {
    fault: 'reports a signal for exit 137',
    caughtBy: 'exit 137 is an exit, and kill -9 is not',
    says: 'signaled',
    start: async (request, start) => {
      const process = await start(request);
      return { ...process, exit: process.exit.then((exit) => (exit.exitCode === 137 ? { signal: 'SIGKILL' } : exit)) };
    },
  },
  {
    fault: 'never settles',
    caughtBy: 'every exit code is told',
    says: 'should have ended',
    start: async (request, start) => ({ ...(await start(request)), exit: new Promise(() => undefined) }),
  },
  {
    fault: 'loses the exit code',
    caughtBy: 'every exit code is told',
    says: 'unknown',
    start: async (request, start) => ({ ...(await start(request)), exit: Promise.reject(new Error('The connection broke.')) }),
  },
  {
    fault: 'swallows stdin',
    caughtBy: '8 MiB arrive whole',
    says: '1048576',
    start: async (request, start) => {
      const process = await start(request);
      return { ...process, ...(process.stdin && { stdin: swallowing(process.stdin) }) };
    },
  },
  {
    fault: 'keeps stdin open where none was given',
    caughtBy: 'without stdin a command reads end-of-file at once',
    says: 'should have ended',
    start: (request, start) => start({ ...request, stdin: true }),
  },
  {
    fault: 'starts twice',
    caughtBy: 'one submission starts one process',
    says: '2',
    start: async (request, start) => {
      const first = await start(request);
      first.stdout.resume();
      first.stderr.resume();
      return start({ ...request, marker: `${request.marker}-2` });
    },
  },
  {
    fault: 'puts env into argv',
    caughtBy: 'a value of env is in no command line while a script runs',
    says: 'in a command line on the target',
    start: (request, start) => {
      const variables = Object.entries(request.env).map(([name, value]) => `export ${name}=${quote(value ?? '')}\n`);
      return start(typeof request.command === 'string' ? { ...request, env: {}, command: variables.join('') + request.command } : request);
    },
  },
  {
    fault: 'parses argv again',
    caughtBy: 'quotes, newlines, globs, NBSP, leading dashes and empty strings in argv arrive unchanged',
    says: 'deep-equal',
    start: (request, start) => start(typeof request.command === 'string' ? request : { ...request, command: request.command.join(' ') }),
  },
  {
    fault: 'runs a missing program as exit 127',
    caughtBy: 'a program of argv that is not there: EXEC_NOT_FOUND, program',
    says: 'it resolved',
    start: (request, start) =>
      start(typeof request.command === 'string' ? request : { ...request, command: ['sh', '-c', '"$@"', 'sh', ...request.command] }),
  },
  {
    fault: 'ignores cwd',
    caughtBy: 'cwd is where a script and a program run',
    says: "'/\\n'",
    start: ({ cwd: _ignored, ...request }, start) => start(request),
  },
  {
    fault: 'gives commands a descriptor of its own',
    caughtBy: 'a command has no descriptor but its three',
    says: 'descriptors 0 1 2 3 8',
    start: (request, start) =>
      start(typeof request.command === 'string' ? { ...request, command: `exec 8</dev/null\n${request.command}` } : request),
  },
  {
    fault: 'passes SIGPIPE on as ignored',
    caughtBy: 'a pipeline ends by SIGPIPE without a word',
    says: 'SIGPIPE is ignored',
    start: (request, start) =>
      start(typeof request.command === 'string' ? { ...request, command: `trap '' PIPE\n${request.command}` } : request),
  },
  {
    fault: 'ignores limits',
    caughtBy: 'openFiles bounds the descriptors of a process',
    says: '40',
    start: (request, start) => start({ ...request, limits: {} }),
  },
];
